/* Convolutions of eight bits in vectors: the integers of net8_conv, the floats of net8_scores.
 *
 * An image is first made of numbers x - zero of 16 bits, with zeros around it. Then the window of a
 * place is laid out as its kernels are, (kh, kw, maps of a group), and multiplied with four kernels
 * at a time, eight numbers in one instruction. What a kernel is short of eight meets zeros of the
 * window, so that the one behind it, which is read instead, does not count. */
#include <wasm_simd128.h>

typedef struct {
    int height, width, maps;       /* of x */
    int high, wide, out;           /* of y */
    int groups, kh, kw, down, across, top, left, dy, dx, zero;
    int columns, part, length;     /* of the image of 16 bits; maps and numbers of a kernel */
} sizes8;

typedef struct {
    const int8_t *w;
    const int32_t *b, *m;
    const uint8_t *shift;
    const float *scale;            /* of scores, which have neither m nor shift */
    int to, low, most;
    void *y;
} ends8;

static sizes8 sizes_of(const int *s)
{
    sizes8 z = {s[0], s[1], s[2],  s[3],  s[4],  s[5],  s[6],  s[7], s[8], s[9],
                s[10], s[11], s[12], s[13], s[14], s[15], 0, 0, 0};
    z.columns = (z.wide - 1) * z.across + (z.kw - 1) * z.dx + 1;
    z.part = z.maps / z.groups;
    z.length = z.kh * z.kw * z.part;
    return z;
}

static void widen(const int8_t *x, int16_t *image, const sizes8 *z)
{
    const int rows = (z->high - 1) * z->down + (z->kh - 1) * z->dy + 1;
    for (int r = 0; r < rows; r++)
        for (int q = 0; q < z->columns; q++, image += z->maps) {
            const int row = r - z->top, column = q - z->left;
            if (row < 0 || row >= z->height || column < 0 || column >= z->width) {
                for (int c = 0; c < z->maps; c++) image[c] = 0;
                continue;
            }
            const int8_t *from = x + (row * z->width + column) * z->maps;
            for (int c = 0; c < z->maps; c++) image[c] = (int16_t)(from[c] - z->zero);
        }
}

/* The window that begins at `from`, in the order of kernels, with zeros up to whole eights. */
static void lay(const int16_t *from, int16_t *window, const sizes8 *z)
{
    const int near = z->groups == 1 && z->dx == 1; /* a row of the window is one piece */
    const int run = near ? z->kw * z->maps : z->part, runs = near ? 1 : z->kw;
    for (int u = 0; u < z->kh; u++)
        for (int v = 0; v < runs; v++, window += run) {
            const int16_t *at = from + (u * z->dy * z->columns + v * z->dx) * z->maps;
            for (int k = 0; k < run; k += 8) wasm_v128_store(window + k, wasm_v128_load(at + k));
        }
    for (int k = z->length; k % 8; k++) *window++ = 0;
}

static void end(const ends8 *e, int at, int o, int32_t sum)
{
    if (e->scale)
        ((float *)e->y)[at] = (float)sum * e->scale[o];
    else
        ((int8_t *)e->y)[at] = net8_scaled(sum, e->m[o], e->shift[o], e->to, e->low, e->most);
}

/* Maps o..o + outs of `places` neighbours, the first of which is y's place `at`. */
static inline __attribute__((always_inline)) void products(int places, int outs,
                                                           const int16_t *windows, int apart,
                                                           const sizes8 *z, const ends8 *e, int at,
                                                           int o)
{
    const int8_t *w = e->w + o * z->length;
    v128_t sums[2][4];
    for (int p = 0; p < places; p++)
        for (int k = 0; k < outs; k++) sums[p][k] = wasm_i32x4_splat(0);
    for (int n = 0; n < z->length; n += 8) {
        v128_t x[2];
        for (int p = 0; p < places; p++) x[p] = wasm_v128_load(windows + p * apart + n);
        for (int k = 0; k < outs; k++) {
            const v128_t by = wasm_i16x8_load8x8(w + k * z->length + n);
            for (int p = 0; p < places; p++)
                sums[p][k] = wasm_i32x4_add(sums[p][k], wasm_i32x4_dot_i16x8(x[p], by));
        }
    }
    for (int p = 0; p < places; p++)
        for (int k = 0; k < outs; k++) {
            const v128_t s = sums[p][k];
            end(e, (at + p) * z->out + o + k, o + k,
                e->b[o + k] + wasm_i32x4_extract_lane(s, 0) + wasm_i32x4_extract_lane(s, 1)
                    + wasm_i32x4_extract_lane(s, 2) + wasm_i32x4_extract_lane(s, 3));
        }
}

static void by_windows(const int16_t *image, int16_t *windows, const sizes8 *z, const ends8 *e)
{
    const int apart = round_up(z->length, 8), each = z->out / z->groups;
    for (int g = 0; g < z->groups; g++)
        for (int i = 0; i < z->high; i++)
            for (int j = 0, places; j < z->wide; j += places) {
                const int16_t *from = image + g * z->part;
                places = z->wide - j > 1 ? 2 : 1;
                for (int p = 0; p < places; p++)
                    lay(from + (i * z->down * z->columns + (j + p) * z->across) * z->maps,
                        windows + p * apart, z);
                const int at = i * z->wide + j;
                for (int o = g * each, last = o + each, outs; o < last; o += outs) {
                    outs = last - o > 3 ? 4 : 1;
#define PRODUCTS(places, outs) products(places, outs, windows, apart, z, e, at, o)
                    if (places == 2 && outs == 4) PRODUCTS(2, 4);
                    else if (places == 2) PRODUCTS(2, 1);
                    else if (outs == 4) PRODUCTS(1, 4);
                    else PRODUCTS(1, 1);
                }
            }
}

/* Of each map by itself, eight maps at a time: a product has at most 255 * 127, which 16 bits hold. */
static void by_maps(const int16_t *image, int16_t *w, const sizes8 *z, const ends8 *e)
{
    const int padded = round_up(z->out, 8);
    for (int t = 0; t < z->length; t++)
        for (int o = 0; o < z->out; o++) w[t * padded + o] = e->w[o * z->length + t];
    for (int i = 0; i < z->high; i++)
        for (int j = 0; j < z->wide; j++)
            for (int o = 0; o < z->out; o += 8) {
                v128_t low = wasm_v128_load(e->b + o), high = wasm_v128_load(e->b + o + 4);
                const int16_t *by = w + o;
                for (int u = 0; u < z->kh; u++)
                    for (int v = 0; v < z->kw; v++, by += padded) {
                        const int row = i * z->down + u * z->dy, column = j * z->across + v * z->dx;
                        const v128_t x = wasm_v128_load(
                            image + (row * z->columns + column) * z->maps + o);
                        const v128_t product = wasm_i16x8_mul(x, wasm_v128_load(by));
                        low = wasm_i32x4_add(low, wasm_i32x4_extend_low_i16x8(product));
                        high = wasm_i32x4_add(high, wasm_i32x4_extend_high_i16x8(product));
                    }
                int32_t sums[8];
                wasm_v128_store(sums, low);
                wasm_v128_store(sums + 4, high);
                for (int k = 0; k < 8 && o + k < z->out; k++)
                    end(e, (i * z->wide + j) * z->out + o + k, o + k, sums[k]);
            }
}

static void convolution8(const int8_t *x, int16_t *image, int16_t *windows, const ends8 *e,
                         const int *s)
{
    const sizes8 z = sizes_of(s);
    widen(x, image, &z);
    if (z.groups == z.maps && z.groups == z.out && z.out > 1)
        by_maps(image, windows, &z, e);
    else
        by_windows(image, windows, &z, e);
}
