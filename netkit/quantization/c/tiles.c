/* Convolutions by tiles of places and sixteen maps, with the machine's products of pairs.
 *
 * A word of 32 bits has the next maps of a place: two numbers x - zero of 16 bits (AVX2, vpmaddwd),
 * or four of 8 bits, x + 128 (VNNI, vpdpbusd), whose sums begin with -(128 + zero) times the sum of
 * w. Both are exact, so all give the integers of net8_conv.
 *
 *     x     a padded image of words, (rows, columns, words of a place)
 *     w     words, (blocks of 16 maps, kh, kw, words of a place, 16)
 *     sums  what a map's sum begins with, (blocks, 16); m and shift alike
 *
 * `mode`: PAIRS, BYTES (the words of VNNI, its instruction written out: for tests on any machine),
 * VNNI, and VNNI512, whose vectors have all sixteen maps. */
enum { PLACES = 6 }; /* of a tile */
enum { NO_TILES, PAIRS, BYTES, VNNI, VNNI512, MAP_BY_MAP };

typedef struct tiles {
    const int32_t *x, *w, *sums, *m, *shift;
    int high, wide, out, kh, kw, down, across, dy, dx, columns, words, to, low, most;
    int runs, run; /* a row of the window: so many runs of so many words */
} tiles;

/* Where in x the windows of `count` places begin, from place p of the output on, in the order of
 * its rows; what would come behind the last place is the last one again. */
static inline void places_of(const tiles *t, int p, int count, int64_t *at)
{
    int i = p / t->wide, j = p % t->wide;
    for (int k = 0; k < count; k++) {
        at[k] = ((int64_t)i * t->down * t->columns + j * t->across) * t->words;
        if (++j == t->wide && i + 1 < t->high) {
            j = 0;
            i++;
        } else if (j == t->wide) {
            j--;
        }
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

/* Eight sums times m / 2^shift, within low..most, as 32-bit numbers. A shift of 64-bit numbers that
 * repeats the sign is one of those with 2^63 more, which are positive. */
__attribute__((target("avx2"))) static inline __m256i scaled_four(__m256i sum, __m256i m,
                                                                  __m256i shift)
{
    const __m256i one = _mm256_set1_epi64x(1), half = _mm256_set1_epi64x(INT64_MIN);
    __m256i q = _mm256_mul_epi32(sum, m);
    q = _mm256_add_epi64(q, _mm256_sllv_epi64(one, _mm256_sub_epi64(shift, one)));
    q = _mm256_srlv_epi64(_mm256_xor_si256(q, half), shift);
    return _mm256_sub_epi64(q, _mm256_srlv_epi64(half, shift));
}

__attribute__((target("avx2"))) static inline __m256i scaled_eight(const tiles *t, __m256i sum,
                                                                   int first)
{
    const __m256i m = _mm256_loadu_si256((const __m256i *)(t->m + first));
    const __m256i shift = _mm256_loadu_si256((const __m256i *)(t->shift + first));
    const __m256i mask = _mm256_set1_epi64x(0xffffffff);
    const __m256i even = scaled_four(sum, m, _mm256_and_si256(shift, mask));
    const __m256i odd = scaled_four(_mm256_srli_epi64(sum, 32), _mm256_srli_epi64(m, 32),
                                    _mm256_srli_epi64(shift, 32));
    __m256i y = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    y = _mm256_add_epi32(y, _mm256_set1_epi32(t->to));
    return _mm256_min_epi32(_mm256_max_epi32(y, _mm256_set1_epi32(t->low)),
                            _mm256_set1_epi32(t->most));
}

__attribute__((target("avx2"))) static inline void write_eight(const tiles *t, int8_t *y, __m256i sum,
                                                               int first)
{
    const __m256i eight = scaled_eight(t, sum, first);
    const __m128i half = _mm_packs_epi32(_mm256_castsi256_si128(eight),
                                         _mm256_extracti128_si256(eight, 1));
    int8_t made[16];
    _mm_storeu_si128((__m128i *)made, _mm_packs_epi16(half, half));
    if (first + 8 <= t->out)
        memcpy(y + first, made, 8);
    else if (first < t->out)
        memcpy(y + first, made, (size_t)(t->out - first));
}

/* The sum of the products of four bytes, 0..255 times -128..127, in each word; exact. */
__attribute__((target("avx2"))) static inline __m256i four_products(__m256i sum, __m256i x, __m256i w)
{
    const __m256i low = _mm256_set1_epi32(0x00ff00ff);
    const __m256i even = _mm256_madd_epi16(
        _mm256_and_si256(x, low), _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(w, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

#include "depthwise.c"
#define PAIR_OF(sum, x, w) _mm256_add_epi32(sum, _mm256_madd_epi16(x, w))
#define TARGET "avx2"
#define NAME tiles_pairs
#define PRODUCTS PAIR_OF
#include "tile.c"
#define TARGET "avx2"
#define NAME tiles_bytes
#define PRODUCTS four_products
#include "tile.c"
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define TARGET "avx2,avxvnni"
#define NAME tiles_vnni
#define PRODUCTS _mm256_dpbusd_avx_epi32
#include "tile.c"
#include "tile512.c"
#define HAS_VNNI
#endif
#endif

/* The best mode of this machine. */
EXPORT int netkit8_mode(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
#ifdef HAS_VNNI
    if (level() == 2 && __builtin_cpu_supports("avx512vnni")) return VNNI512;
    if (__builtin_cpu_supports("avxvnni")) return VNNI;
#endif
    if (__builtin_cpu_supports("avx2")) return PAIRS;
#endif
    return NO_TILES;
}

/* Numbers of whole places as words of the mode's kind. */
static void words_between(const int8_t *x, void *words, int mode, int64_t at, int count, int zero)
{
    if (mode == PAIRS || mode == MAP_BY_MAP) {
        int16_t *into = (int16_t *)words + at;
        for (int k = 0; k < count; k++) into[k] = (int16_t)(x[k] - zero);
    } else {
        uint8_t *into = (uint8_t *)words + at;
        for (int k = 0; k < count; k++) into[k] = (uint8_t)(x[k] ^ 128);
    }
}

/* The words of an image with `top` rows and `left` columns around it, of the mode's kind. */
static void words_of(const int8_t *x, void *words, int mode, int height, int width, int maps,
                     int rows, int columns, int top, int left, int zero)
{
    const int pairs = mode == PAIRS || mode == MAP_BY_MAP, each = pairs ? 2 : 4;
    const int padded = (maps + each - 1) / each * each;
    memset(words, pairs ? 0 : zero + 128, (size_t)rows * columns * padded / each * 4);
    for (int i = 0; i < height; i++) {
        const int8_t *from = x + (int64_t)i * width * maps;
        const int64_t at = ((int64_t)(i + top) * columns + left) * padded;
        if (padded == maps)
            words_between(from, words, mode, at, width * maps, zero);
        else
            for (int j = 0; j < width; j++)
                words_between(from + j * maps, words, mode, at + (int64_t)j * padded, maps, zero);
    }
}

/* A convolution of one group, or of a group a map, over n images. p: x, y, words of an image, w, sums, m, shift.
 * s: mode, height, width, maps, rows and columns of the words, top, left, zero, then tiles' numbers
 * from `high` on. */
FUNCTION(tiles)
{
    (void)zs;
    const int near = s[17] == 1; /* neighbours in a row of the window are one run */
    const tiles t = {p[2],  p[3],  p[4],  p[5],  p[6],  s[9],  s[10], s[11], s[12], s[13],
                     s[14], s[15], s[16], s[17], s[18], s[19], s[20], s[21], s[22],
                     near ? 1 : s[13], near ? s[13] * s[19] : s[19]};
    IMAGES {
        words_of(X, p[2], s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
#if defined(__x86_64__) && defined(__GNUC__)
        if (s[0] == PAIRS) tiles_pairs(&t, Y(1));
        if (s[0] == MAP_BY_MAP) map_by_map(&t, Y(1));
        if (s[0] == BYTES) tiles_bytes(&t, Y(1));
#ifdef HAS_VNNI
        if (s[0] == VNNI) tiles_vnni(&t, Y(1));
        if (s[0] == VNNI512) tiles_vnni512(&t, Y(1));
#endif
#else
        (void)t;
#endif
    }
}
