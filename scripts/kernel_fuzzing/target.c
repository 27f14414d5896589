/* The kernels behind the checks: one input of bytes is a chain of layers over a batch, or a hostile
 * one. Built and run by scripts/fuzz_kernels.py, with libFuzzer or with `main` below.
 *
 * Sizes are worked out as op.py does (numbers_of, scratch, scratch_back), checked as refuse.py does
 * (refuse_op), and each array is an allocation of its own, as long as program.py makes it, so that
 * a sanitizer sees what is read or written one float too far. fuzz_kernels.py compares both
 * with Python's own. Bytes that say RAW first give whole numbers of 64 bits, others small ones. */
#include <stdio.h>

#include "native.c"

enum { RAW = 255, SLACK = 64, MOST_OPS = 6, MOST_FLOATS = 1 << 20, MOST_WORK = 1 << 21,
       ACTS = 5, MOST_PAIRS = 200 };
static const int64_t MOST = (int64_t)1 << 40;
static const int64_t HOSTILE[] = {0, -1, -5, INT64_MIN, INT64_MAX, (int64_t)1 << 62,
                                  (int64_t)1 << 40, (int64_t)1 << 31, 1 << 21, 65536, 4097, 1000};
enum { ODD = sizeof HOSTILE / sizeof *HOSTILE };

typedef struct { const uint8_t *at, *end; int raw; } bytes;

static int64_t byte(bytes *s) { return s->at < s->end ? *s->at++ : 0; }

/* A number: of a raw input any; else from `least` on, so many of them, or a hostile one. */
static int64_t number(bytes *s, int64_t least, int64_t many) {
    int64_t n = 0;
    if (s->raw) {
        for (int k = 0; k < 8; k++) n |= (int64_t)((uint64_t)byte(s) << (8 * k));
        return n;
    }
    n = byte(s);
    return n >= 256 - ODD ? HOSTILE[n - (256 - ODD)] : least + n % many;
}

#include "sizes.inc"
#include "chain.inc"

/* ---- inputs ---- */

enum { REFUSED, LARGE, READY };

/* Read op k, whose input is as the output of the one before; say what is to be done with it. */
static int read_op(bytes *s, int64_t k, const int64_t *shape, float *x, int64_t parts) {
    static const int64_t offered[] = {CONV, CONV, CONV, BATCHNORM, PAD,
                                      POINTWISE, SUMPOOL, MAXPOOL, WSTD, DROPOUT, JITTER};
    op *o = ops + k;
    memset(o, 0, sizeof *o);
    const int64_t kind = number(s, 0, 11);
    o->kind = offered[(uint64_t)kind % 11];
    o->act = o->kind == POINTWISE ? 1 + byte(s) % (ACTS - 1) : byte(s) % (ACTS - 1);
    o->C = shape[0], o->H = shape[1], o->W = shape[2], o->N = shape[3];
    const int64_t out = number(s, 1, 20), flags = byte(s);
    o->O = o->kind == CONV ? out : o->C;
    o->kh = number(s, 1, 5), o->kw = number(s, 1, 5);
    o->sh = number(s, 1, 3), o->sw = number(s, 1, 3);
    o->ph = number(s, 0, 4), o->pw = number(s, 0, 4);
    o->eh = number(s, 1, 3), o->ew = number(s, 1, 3);
    const int64_t groups = number(s, 1, 4);
    const int windows = o->kind == CONV || o->kind == SUMPOOL || o->kind == MAXPOOL;
    if (!windows && o->kind != WSTD) o->kh = o->kw = 1;
    if (!windows) o->sh = o->sw = 1;
    if (o->kind != CONV && o->kind != PAD) o->ph = o->pw = 0;
    if (o->kind != CONV) o->eh = o->ew = 1;
    if (o->kind == MAXPOOL || o->kind == PAD || o->kind == DROPOUT || o->kind == JITTER)
        o->act = NONE;
    if (o->kind == WSTD) o->act = o->act ? ABS : NONE;
    o->groups = o->kind != CONV ? 1 : flags & 1 && !s->raw ? o->C : groups;
    o->wants_dx = k > 0 || flags & 2, o->a = 0.1, o->m = 0.3;
    if (o->kind == CONV && flags & 4) { /* a table */
        o->pairs = 1 + byte(s) % MOST_PAIRS;
        int64_t *table = kept[many++] = malloc(sizeof *table * 2 * (size_t)o->pairs);
        for (int64_t n = 0; n < o->pairs; n++) {
            table[2 * n] = number(s, 0, o->O > 0 && o->O < 256 ? o->O : 1);
            table[2 * n + 1] = number(s, 0, o->C > 0 && o->C < 256 ? o->C : 1);
        }
        o->table = table;
    }
    if (o->sh < 1 || o->sw < 1) return REFUSED;
    settle(o);
    if (refused(o, o->table)) return REFUSED;
    return allocate(o, x, parts, flags & 8) ? READY : LARGE;
}

static op ways(int64_t kind, const op *of, float *x) {
    op o = {.kind = kind, .wants_dx = 1, .C = of->O, .H = of->oh, .W = of->ow, .N = of->N,
            .O = of->O, .oh = of->oh, .ow = of->ow, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .eh = 1,
            .ew = 1, .groups = 1, .x = x, .y = x};
    return o;
}

static int one(bytes s, int64_t *t) {
    s.raw = byte(&s) == RAW;
    int64_t shape[4];
    for (int k = 0; k < 4; k++) shape[k] = number(&s, 1, k == 3 ? 70 : 14);
    const int64_t flags = byte(&s), parts = s.raw ? 1 : 1 + flags % 4;
    const int block = !s.raw && flags & 16, training = flags & 32 ? 1 : 0;
    int64_t count = s.raw ? 1 : 1 + byte(&s) % 3, at = block ? 1 : 0;
    __int128 size = 1;
    for (int k = 0; k < 4; k++) {
        if (shape[k] < 1 || shape[k] > MOST) return REFUSED;
        size *= shape[k];
        if (size > MOST) return REFUSED;
    }
    float *x = array(size > MOST_FLOATS ? 0 : (int64_t)size);
    for (count += at; at < count; at++) {
        const int said = read_op(&s, at, shape, x, parts);
        if (said != REFUSED) scratch_of(ops + at, parts, t);
        if (said != READY || size > MOST_FLOATS) return said == READY ? LARGE : said;
        const op *o = ops + at;
        shape[0] = o->O, shape[1] = o->oh, shape[2] = o->ow, x = o->y;
    }
    op *last = ops + count - 1;
    const op *first = ops + 1;
    if (block) { /* a residual block, if what it adds up is of one size */
        op begin = {.N = first->N, .O = first->C, .oh = first->H, .ow = first->W};
        ops[0] = ways(FORK, &begin, (float *)first->x);
        if (last->O != first->C || last->oh != first->H || last->ow != first->W) return LARGE;
        if (last->kind == BATCHNORM && flags & 64) last->plus = first->x;
        else {
            ops[count] = ways(ADD, last, last->y);
            ops[count].plus = first->x, ops[count].act = flags & 128 ? RELU : NONE;
            ops[count].y = array(last->O * last->oh * last->ow * last->N);
            count++;
        }
    }
    take_gradients(count);
    run_all(count, parts, training);
    return READY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t t[4] = {0};
    many = 0;
    const int said = one((bytes){data, data + size, 0}, t);
    for (int k = 0; k < many; k++) free(kept[k]);
#ifdef ALONE
    static const char *words[] = {"refused", "large", "ran"};
    printf("%s %lld %lld %lld %lld\n", words[said], (long long)t[0], (long long)t[1],
           (long long)t[2], (long long)t[3]);
#endif
    (void)said;
    return 0;
}

#ifdef ALONE /* without libFuzzer: inputs of standard input, each behind its size in four bytes */
int main(void) {
    static uint8_t data[1 << 16];
    uint8_t head[4];
    while (fread(head, 1, 4, stdin) == 4) {
        const size_t size = head[0] | (size_t)head[1] << 8;
        if (fread(data, 1, size, stdin) != size) return 2;
        /* an allocation of its own, so that reading past its end is seen too */
        uint8_t *input = malloc(size ? size : 1);
        memcpy(input, data, size);
        LLVMFuzzerTestOneInput(input, size);
        free(input);
    }
    return 0;
}
#endif
