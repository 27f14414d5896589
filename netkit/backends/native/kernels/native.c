/* The kernels of backend=native: a chain of layers on arrays of float32.
 *
 * netkit_run(ops, count, back, target) runs what program.py wrote: an array of `op`, forward in
 * order or backward against it. It needs no Python headers, allocates nothing and may run on
 * several threads at once.
 *
 * Arrays are images last, (C, H, W, N). One row of a map, with W = 3 columns of N = 5 images:
 *
 *      column 0         column 1         column 2         the next row, or slack
 *    +----------------+----------------+----------------+- - - -
 *    | 0  1  2  3  4  | 0  1  2  3  4  | 0  1  2  3  4  |
 *    +----------------+----------------+----------------+- - - -
 *    '------ vector of lanes ------''------ the next one ------'
 *
 * Lanes run along the whole row, over columns and images alike, so that they have work whether a
 * batch is 32 images or one. A neighbour to the right is N floats away, one below W * N: what a
 * kernel's tap sees of a row is that same row read some floats further on.
 *
 * program.inc and what it includes are compiled once for each instruction set, in gcc's and clang's
 * vector extensions; netkit_target says which of them this machine has. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAD = 1, CONV, LINEAR, POINTWISE, SUMPOOL, MAXPOOL, WSTD, DEPTHWISE, BATCHNORM,
       ADD, FORK, DROPOUT, JITTER };
enum { NONE, TANH, RELU, SIGMOID, ABS };
enum {
    MAX_TAPS = 4096,    /* of one kernel, height times width: their places lie on the stack */
    OUTPUTS_AT_ONCE = 64, /* of those that see an input map, by a table */
    TAPS_AT_ONCE = 240, /* of a convolution's: a multiple of 4 and of 5, as `dot`'s tiles have */
    LINEAR_AT_ONCE = 240, /* numbers of a linear layer's input, for tiles of three vectors */
    TURNED_AT_ONCE = 480, /* the same of few images, whose numbers are turned */
    SUMMED = 128,       /* vectors that are summed before a sum is kept: more would lose digits */
    MAX_TILE = 8,       /* the largest side of a tile in registers */
    LINE = 16,          /* floats of a cache line */
    PIXELS = 64,        /* of all images, turned at once: what is written stays in the cache */
    AT_ONCE = 64,       /* images, or numbers of a row, whose places are looked up together */
    BLOCK = 1024,       /* pixels of all images, of which all maps are read before the next ones */
    SIDE = 4,           /* vectors of a row that are made with the taps of their own */
    BOXES = 64,         /* of a block whose most confident one is remembered */
};

/* One layer, or a few made one. program.py has the same fields in the same order (OP). */
typedef struct op {
    int64_t kind, act;
    int64_t wants_dx;                /* is the gradient at x asked for? */
    int64_t fresh;                   /* dw and db hold nothing yet: is to be written, not added? */
    int64_t C, H, W, N;              /* of x */
    int64_t O, oh, ow;               /* of y: its maps, height and width */
    int64_t kh, kw, sh, sw, ph, pw;  /* kernel, stride, padding: height and width */
    int64_t eh, ew;                  /* dilation: from one tap of a kernel to the next */
    int64_t groups;                  /* of maps, each seen by its own outputs */
    int64_t pairs;                   /* of a connection table; 0 without one */
    int64_t training;                /* batchnorm: by the batch's moments? dropout, jitter: at all? */
    int64_t start, first;            /* random numbers: where they begin; the first image's place */
    double a;                        /* sumpool: scale; wstd, batchnorm: epsilon; dropout: rate */
    double m;                        /* batchnorm: the share of the newest in the running means */
    const float *x;
    float *y;
    const float *w, *b;
    float *dx;
    const float *dy;
    float *dw, *db;
    float *t1, *t2, *t3, *t4;        /* scratch; what each is for stands with the kernels */
    float *mean, *variance;          /* batchnorm: the running ones */
    const float *plus;               /* what is added to y before the activation, or NULL */
    float *dplus;                    /* the gradient there */
    const struct op *norm;           /* conv: the batchnorm behind it, which makes its dz, or NULL */
    void (*all)(double *, int64_t);  /* batchnorm: puts sums over all processes into sums; NULL for one */
    float *kept;                     /* conv: of passes without a way back, its own, or NULL */
    const int64_t *table;            /* (pairs, 2): output map, input map */
} op;

/* The numbers of dw: of db there is one an output map. */
static int64_t weights_of(const op *o) {
    const int64_t T = o->kh * o->kw;
    switch (o->kind) {
    case CONV: return (o->pairs ? o->pairs : o->O * (o->C / o->groups)) * T;
    case DEPTHWISE: return o->O * T;
    case LINEAR: return o->O * o->C * T;
    default: return o->O;
    }
}

/* Zeros for gradients that a pass backward is the first to add to. */
static void begin_gradients(const op *o) {
    if (o->dw && o->kind != LINEAR) memset(o->dw, 0, 4 * weights_of(o)); /* which writes them */
    if (o->db) memset(o->db, 0, 4 * o->O);
}

/* The same op, whose maps are one pixel of many images where a window is one pixel: then lanes run
 * along a whole map. */
static op by_maps(const op *o) {
    op flat = *o;
    if (o->kh == 1 && o->kw == 1 && o->sh == 1 && o->sw == 1) {
        flat.N = o->H * o->W * o->N;
        flat.H = flat.W = flat.oh = flat.ow = 1;
    }
    return flat;
}

/* Are windows apart? Then a pixel is in one at most, and its gradient can be written, not added. */
static int64_t windows_apart(const op *o) { return o->kh <= o->sh && o->kw <= o->sw; }
/* And is each pixel in one? */
static int64_t covers(const op *o) {
    return windows_apart(o) && o->oh * o->kh == o->H && o->ow * o->kw == o->W;
}

/* An update of n weights by a rule; which vector and number is which stands in rules.inc. structs.py has
 * the same fields in the same order (UPDATE). */
enum { SGD = 1, ADAM, RMSPROP, DECAY };
typedef struct {
    int64_t rule, target;
    int64_t n, unit; /* weights, and how many a thread takes at a time */
    float *x;        /* what is changed */
    const float *dx;
    float *v, *s; /* running vectors, or NULL */
    const float *of; /* one more vector, or NULL */
    double numbers[6];
} update;

/* One place of a kernel: where it reads its input, and which of the weights it is. */
typedef struct { int64_t x, w; } tap;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t largest(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t common(int64_t a, int64_t b) { return b ? common(b, a % b) : a; } /* divisor */
/* Floats from one map of scratch to the next, for maps of n: were they a multiple of a page apart,
 * the same place of all maps would lie in the same few lines of the cache. op.py has it too. */
static int64_t apart(int64_t n) { return n < 4096 ? n : n + (1104 - n % 1024) % 1024; }
#define INLINE static inline __attribute__((always_inline))
#define EXPORT __attribute__((visibility("default")))
#include "random.inc"
#include "tiling.inc"
#include "sharing.inc"
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define SIMD(name) JOIN(name, TARGET)

#if defined(__x86_64__) && !defined(BASELINE_ALONE) /* which is for quick builds */
#define X86
#endif
#if defined(X86)
#include <immintrin.h>
#define FEATURES_AVX2 "avx2,fma"
#define FEATURES_AVX512 "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"
#define TEXT(...) #__VA_ARGS__
#define PRAGMA(...) _Pragma(TEXT(__VA_ARGS__))
#ifdef __clang__
#define WITH(features) \
    PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END _Pragma("clang attribute pop")
#else
#define WITH(features) _Pragma("GCC push_options") PRAGMA(GCC target(features))
#define END _Pragma("GCC pop_options")
#endif
WITH(FEATURES_AVX512)
#define TARGET _avx512
#define LANES 16
#define WIDE 1
#include "program.inc"
END
WITH(FEATURES_AVX2)
#define TARGET _avx2
#define LANES 8
#define WIDE 0
#include "program.inc"
END
#endif
#define TARGET _base
#define LANES 4
#if defined(__aarch64__)
#define WIDE 1 /* 32 registers */
#else
#define WIDE 0
#endif
#include "program.inc"

static const struct {
    const char *name;
    void (*run)(const op *, int64_t, int64_t);
    answer_function *answer, *forth, *back;
    void (*soften)(const float *, float *, float *, float *, int64_t, float, float);
    void (*owners)(const float *, const int32_t *, int32_t *, int64_t, float, float);
    void (*update)(const update *, int64_t, int64_t);
} targets[] = {
#define KERNELS(target) run##target, answer##target, forth##target, back##target, \
    soften##target, owners##target, update##target
#if defined(X86)
    {"avx512", KERNELS(_avx512)},
    {"avx2", KERNELS(_avx2)},
#endif
    {"baseline", KERNELS(_base)},
};
enum { TARGETS = sizeof targets / sizeof *targets };

static int has(int64_t k) {
#if defined(X86)
    __builtin_cpu_init();
    if (k == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("fma");
    if (k == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return k < TARGETS;
}

/* The name of instruction set k if this machine has it, "" if it has not, NULL if there is none of
 * that number. */
EXPORT const char *netkit_target(int64_t k) {
    return k >= TARGETS ? NULL : has(k) ? targets[k].name : "";
}

/* Run `count` operations for instruction set `target`; back: against their order, from dy to dx and
 * the weights' gradients. */
EXPORT void netkit_run(const op *ops, int64_t count, int64_t back, int64_t target) {
    targets[target].run(ops, count, back);
}

/* The same in `parts` for as many threads, this one and helpers of a board, or NULL. turns: 3 count
 * + 1, see sharing.inc. */
EXPORT void netkit_share(const op *ops, int64_t count, int64_t back, int64_t target, int64_t parts,
                         void *turns, void *board) {
    answer_function *const way = back ? targets[target].back : targets[target].forth;
    if (parts == 1) netkit_run(ops, count, back, target);
    else own_pass(way, ops, count, parts, turns, board);
}

/* Turn n images (n, P) of bytes or floats into (P, n), each (pixel + bias) * coeff. */
EXPORT void netkit_to_input(const void *images, int64_t bytes, int64_t n, int64_t P, float bias,
                            float coeff, float *restrict x) {
    if (n == 1 && bytes) {
        const uint8_t *restrict u = images;
        for (int64_t p = 0; p < P; p++) x[p] = ((float)u[p] + bias) * coeff;
        return;
    }
    for (int64_t p0 = 0; p0 < P; p0 += PIXELS) {
        int64_t end = least(P, p0 + PIXELS);
        for (int64_t k = 0; k < n; k++) {
            const uint8_t *u = (const uint8_t *)images + k * P;
            const float *f = (const float *)images + k * P;
            for (int64_t p = p0; p < end; p++)
                x[p * n + k] = ((bytes ? (float)u[p] : f[p]) + bias) * coeff;
        }
    }
}

/* Run the operations forward where no pass backward follows, in `parts` for as many threads: this
 * one and helpers of a board, or NULL. turns: 3 count + 1, see sharing.inc. */
EXPORT void netkit_answer(const op *ops, int64_t count, int64_t target, int64_t parts, void *turns,
                          void *board) {
    own_pass(targets[target].answer, ops, count, parts, turns, board);
}

/* The same for images (N, C, H, W) of bytes or floats, which become the first operation's input. */
EXPORT void netkit_answer_images(const void *images, int64_t bytes, float bias, float coeff,
                                 const op *ops, int64_t count, int64_t target, int64_t parts,
                                 void *turns, void *board) {
    netkit_to_input(images, bytes, ops->N, ops->C * ops->H * ops->W, bias, coeff, (float *)ops->x);
    netkit_answer(ops, count, target, parts, turns, board);
}

/* Help with the passes of a board; return when there has been none for a while. */
EXPORT void netkit_serve(void *board) { serve(board); }

/* Soft suppression of n boxes: see suppression.inc. */
EXPORT void netkit_soften(const float *boxes, float *logs, float *out, float *most, int64_t n,
                          float least_log, float tall, int64_t target) {
    targets[target].soften(boxes, logs, out, most, n, least_log, tall);
}

/* Which boxes are taken by which better ones: see suppression.inc. */
EXPORT void netkit_owners(const float *boxes, const int32_t *place, int32_t *owner, int64_t n,
                          float most, float tall, int64_t target) {
    targets[target].owners(boxes, place, owner, n, most, tall);
}

/* Take units of an update, one of several threads: an answer_function. */
static void take_updates(const op *updates, int64_t count, int64_t part, int64_t parts, turn *turns) {
    const update *u = (const update *)updates;
    (void)parts;
    for (int64_t k; (k = next_unit(turns, count, part)) < count; done(turns))
        targets[u->target].update(u, k * u->unit, least(u->unit, u->n - k * u->unit));
    await(turns, count);
}

/* Update weights by a rule, this thread and helpers of a board, or NULL. turns: 3 for each unit, and
 * 1. Each weight is changed by itself, so that it does not matter who takes which. */
EXPORT void netkit_update(const update *u, void *turns, void *board) {
    if (board) own_pass(take_updates, (const op *)u, shares(u->n, u->unit), INT64_MAX, turns, board);
    else targets[u->target].update(u, 0, u->n);
}

/* Move the n numbers of `out` by a share of the way towards those of x. */
EXPORT void netkit_blend(float *restrict out, const float *restrict x, int64_t n, float share) {
    for (int64_t k = 0; k < n; k++) out[k] += share * (x[k] - out[k]);
}

#include "energies.inc"
#include "lessons.inc"
#include "questions.inc"
#include "augmentation.inc"

/* What Python mirrors, for it to compare: the size of an op, where its last field begins, MAX_TAPS,
 * and the sizes of a board, a turn, a lesson, an update and a question. */
EXPORT int64_t netkit_layout(int64_t k) {
    const int64_t numbers[] = {sizeof(op), offsetof(op, table), MAX_TAPS, sizeof(board),
                               sizeof(turn), sizeof(lesson), sizeof(update), sizeof(question)};
    return numbers[k];
}
