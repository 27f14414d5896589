/* The operators of eight bits for backend=native: over several images in one call.
 *
 * They are those that are written into a C file (netkit.quantization.c), in the same order of
 * arguments; n, and how far apart images lie in x and y, come before. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base.c"
#include "scaled.c"
#include "sum.c"
#include "conv.c"
#include "scores.c"
#include "table.c"
#include "add.c"
#include "multiply.c"
#include "maxpool.c"
#include "meanpool.c"
#include "join.c"
#include "pad.c"
#include "cut.c"
#include "contrast.c"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* p: the addresses of a function's arguments in order, those of the first image; s: its numbers. */
#define FUNCTION(name) \
    EXPORT void netkit8_##name(int64_t n, int64_t xs, int64_t zs, int64_t ys, void **p, const int *s)
#define IMAGES for (int64_t k = 0; k < n; k++)
#define X ((const int8_t *)p[0] + k * xs)
#define Z ((const int8_t *)p[1] + k * zs)
#define Y(at) ((int8_t *)p[at] + k * ys)

FUNCTION(conv)
{
    (void)zs;
    IMAGES net8_conv(X, Y(1), p[2], p[3], p[4], p[5], s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7],
                     s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15], s[16], s[17], s[18]);
}

FUNCTION(scores)
{
    (void)zs;
    IMAGES net8_scores(X, (float *)p[1] + k * ys, p[2], p[3], p[4], s[0], s[1], s[2], s[3], s[4],
                       s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15]);
}

FUNCTION(table)
{
    (void)zs;
    IMAGES net8_table(X, Y(1), p[2], s[0], s[1]);
}

FUNCTION(add)
{
    IMAGES net8_add(X, Z, Y(2), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10],
                    s[11], s[12], s[13]);
}

FUNCTION(multiply)
{
    IMAGES net8_multiply(X, Z, Y(2), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9],
                         s[10], s[11], s[12]);
}

FUNCTION(maxpool)
{
    (void)zs;
    IMAGES net8_maxpool(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
}

FUNCTION(meanpool)
{
    (void)zs;
    IMAGES net8_meanpool(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10],
                         s[11], s[12], s[13]);
}

FUNCTION(join)
{
    (void)zs;
    IMAGES net8_join(X, Y(1), s[0], s[1], s[2], s[3], s[4]);
}

FUNCTION(pad)
{
    (void)zs;
    IMAGES net8_pad(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
}

FUNCTION(cut)
{
    (void)zs;
    IMAGES net8_cut(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10]);
}

FUNCTION(contrast)
{
    (void)zs;
    IMAGES net8_contrast(X, Y(1), p[2], p[3], p[4], p[5], s[0], s[1], s[2], s[3], s[4], s[5], s[6],
                         s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15], s[16], s[17]);
}

#include "tiles.c"
