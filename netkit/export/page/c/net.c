/* A net as a table of operators, run by WebAssembly: what stands behind a page of netkit convert.
 *
 * scripts/make_wasm.py compiles it; netkit/export/page/table.py writes the tables. Maps are
 * (maps, rows, columns). All numbers of a net lie in one block, whose place in floats an operator
 * names: its constants first, then every value, then what convolutions need for themselves.
 *
 *     header: the number of operators, then OPERATOR_WORDS whole numbers each, then the block
 *     operator: kind, place of x, of y, of the constants w and b, then what the kind needs;
 *               of the kinds of eight bits, see int8.c
 */
#include <stdint.h>

enum {
    OPERATOR_WORDS = 32,
    SETTINGS = 5 /* the first word of an operator that its kind gives a meaning */
};
typedef float four __attribute__((vector_size(16)));
typedef float loose __attribute__((vector_size(16), aligned(4)));
#define LOAD(p) (*(const loose *)(p))

#include "functions.c"
#include "conv.c"
#include "window.c"
#include "pointwise.c"

enum { INPUT, CONV, MAXPOOL, AVGPOOL, UNARY, BINARY, SCALE, SOFTMAX, MEAN, COPY, REFLECT, MATMUL };
#include "int8.c"

static void run_operator(const int32_t *op, float *block)
{
    const float *x = block + op[1], *w = block + op[3], *b = block + op[4];
    float *y = block + op[2];
    const int32_t *s = op + SETTINGS;
    switch (op[0]) {
    case INPUT: input(x, y, s[0], w); break;
    case CONV: conv(x, y, w, b, block + s[14], s); break;
    case MAXPOOL: pool(x, y, s, 1); break;
    case AVGPOOL: pool(x, y, s, 0); break;
    case UNARY: unary(x, y, s[0], s[1]); break;
    case BINARY: binary(x, w, y, s); break;
    case SCALE: scale(x, y, w, b, s[0], s[1]); break;
    case SOFTMAX: softmax(x, y, s[0], s[1], s[2]); break;
    case MEAN: mean(x, y, s); break;
    case COPY: copy(x, y, s); break;
    case REFLECT: reflect(x, y, s); break;
    case MATMUL: matmul(x, w, y, s); break;
    default: run_whole(op, block);
    }
}

/* Run the net whose table begins at `table`; the picture stands in the first value's place. */
__attribute__((export_name("run"))) void run(int32_t *table)
{
    const int32_t count = table[0];
    float *block = (float *)(table + 1 + count * OPERATOR_WORDS);
    for (int32_t k = 0; k < count; k++) run_operator(table + 1 + k * OPERATOR_WORDS, block);
}
