/* The kernels, compiled by native.c once for each instruction set: LANES floats a vector, WIDE with 32 registers.
 *
 * Two of them do the convolutions: `mac` makes a tile of output maps by lanes, `dot` a tile of weight gradients. Lanes
 * run along a row of all images, (column, image), which is contiguous: be it 32 images or 1, each lane has work. A vector
 * at the end of a row may read past it, into the next row or the slack that program.py leaves behind every array; what it
 * reads there is never kept. */

#include "vectors.h"
#include "products.h"
#include "convolution.h"
#include "pooling.h"
#include "contrast.h"
#include "soften.h"

/* ---- the program ---- */

static void SIMD(run)(const op *ops, int64_t count, int64_t back) {
    for (int64_t k = 0; k < count; k++) {
        const op *o = ops + (back ? count - 1 - k : k);
        const int64_t size = o->C * o->H * o->W * o->N;
        switch (o->kind) {
        case PAD:
            if (!back) SIMD(spread)(o, o->y);
            else if (o->wants_dx) SIMD(unspread)(o, o->dy);
            break;
        case CONV: (back ? SIMD(conv_back) : SIMD(conv))(o); break;
        case LINEAR: (back ? SIMD(linear_back) : SIMD(linear))(o); break;
        case POINTWISE:
            if (!back) SIMD(activate)(o->x, o->y, size, o->act);
            else if (o->wants_dx) SIMD(deactivate)(o->act == ABS ? o->x : o->y, o->dy, o->dx, size, o->act);
            break;
        case SUMPOOL: (back ? SIMD(sumpool_back) : SIMD(sumpool))(o); break;
        case MAXPOOL:
            if (!back) SIMD(maxpool)(o);
            else if (o->wants_dx) SIMD(maxpool_back)(o);
            break;
        case WSTD:
            if (!back) SIMD(wstd)(o);
            else if (o->wants_dx) SIMD(wstd_back)(o);
        }
    }
}
#undef vec
#undef mask
#undef load
#undef UNROLL
#undef MAC
#undef MAC_END
#undef ROWS
#undef DOT
#undef T4
#undef FOR_WINDOWS
#undef FOR_PIXELS
#undef AT
#undef LANES
#undef TARGET
#undef WIDE
