/* All operators of eight bits, and how forms.c calls each over several images.
 *
 * They are those that are written into a C file, in the same order of arguments; n, and how far
 * apart images lie in x, z and y, come before. p: the addresses of a function's arguments in order,
 * those of the first image; s: its numbers. */
#include <limits.h>
#include <stdint.h>

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

#define IMAGES for (int64_t k = 0; k < n; k++)
#define X ((const int8_t *)p[0] + k * xs)
#define Z ((const int8_t *)p[1] + k * zs)
#define Y(at) ((int8_t *)p[at] + k * ys)
