/* The operators of a net in eight bits: those of netkit/quantization/c, as backend=native calls
 * them, for one image. Maps lie (rows, columns, maps) there. WHOLE has them in the order of
 * netkit/quantization/page_table.py. */
#include "quantization/c/operators.c"

#define FORM(name) name##_page
#define TARGET __attribute__((unused)) /* conv and scores, which conv8.c has in vectors */
#define FLAT __attribute__((minsize))
#include "quantization/c/forms.c"

#include "conv8.c"

#define OPERATOR(name)                                                                            \
    static void name(int64_t n, int64_t xs, int64_t zs, int64_t ys, void **p, const int *s)

/* p: x, y, w, b, m, shift, and room for an image and for windows. */
OPERATOR(quick_conv)
{
    (void)zs;
    IMAGES {
        const ends8 e = {p[2], p[3], p[4], p[5], 0, s[16], s[17], s[18], Y(1)};
        convolution8(X, p[6], p[7], &e, s);
    }
}

/* p: x, y, w, b, scale, and room for an image and for windows. */
OPERATOR(quick_scores)
{
    (void)zs;
    IMAGES {
        const ends8 e = {p[2], p[3], 0, 0, p[4], 0, 0, 0, (float *)p[1] + k * ys};
        convolution8(X, p[5], p[6], &e, s);
    }
}

/* Pixels (maps, places), 0..255 and nearest to them, as -128..127 (places, maps). */
OPERATOR(pixels_page)
{
    (void)zs;
    IMAGES {
        const float *x = (const float *)p[0] + k * xs;
        for (int c = 0; c < s[1]; c++)
            for (int i = 0; i < s[0]; i++, x++) {
                const float whole = __builtin_nearbyintf(*x);
                Y(1)[i * s[1] + c] = (int8_t)((whole < 0 ? 0 : whole > 255 ? 255 : (int)whole) - 128);
            }
    }
}

/* What numbers (places, maps) stand for, as (maps, places): s is both, and zero. */
OPERATOR(shown_page)
{
    (void)zs;
    IMAGES {
        float *y = (float *)p[1] + k * ys;
        const float scale = *(const float *)p[2];
        for (int c = 0; c < s[1]; c++)
            for (int i = 0; i < s[0]; i++) *y++ = (float)(X[i * s[1] + c] - s[2]) * scale;
    }
}

enum { FIRST_WHOLE = MATMUL + 1, MOST_ADDRESSES = 8 };
static void (*const WHOLE[])(int64_t, int64_t, int64_t, int64_t, void **, const int *) = {
    pixels_page,   shown_page, quick_conv, quick_scores, table_page,    add_page,
    multiply_page, maxpool_page, meanpool_page, join_page, pad_page, cut_page, contrast_page};

/* op: the kind, how many addresses, those as places in the block, and the function's numbers. */
static void run_whole(const int32_t *op, float *block)
{
    const uint32_t kind = (uint32_t)(op[0] - FIRST_WHOLE);
    void *p[MOST_ADDRESSES];
    if (kind >= sizeof WHOLE / sizeof *WHOLE || op[1] > MOST_ADDRESSES) __builtin_trap();
    for (int k = 0; k < op[1]; k++) p[k] = block + op[2 + k];
    WHOLE[kind](1, 0, 0, 0, p, op + 2 + op[1]);
}
