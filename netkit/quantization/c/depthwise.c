/* A convolution of each map by itself, sixteen maps at a time, in AVX2: the integers of net8_conv.
 *
 * The words are those of PAIRS, numbers x - zero of 16 bits, padded; w has 16 bits too, (kh, kw,
 * blocks of 16 maps). A product has at most 255 * 127, which 16 bits hold. */
__attribute__((target("avx2"))) static void map_by_map(const tiles *t, int8_t *y)
{
    const int64_t each = 2 * t->words, padded = (t->out + 15) / 16 * 16;
    for (int i = 0; i < t->high; i++)
        for (int j = 0; j < t->wide; j++, y += t->out)
            for (int first = 0; first < t->out; first += 16) {
                const int16_t *w = (const int16_t *)t->w + first;
                __m256i a = _mm256_loadu_si256((const __m256i *)(t->sums + first));
                __m256i b = _mm256_loadu_si256((const __m256i *)(t->sums + first + 8));
                for (int u = 0; u < t->kh; u++)
                    for (int v = 0; v < t->kw; v++, w += padded) {
                        const int64_t row = (int64_t)i * t->down + u * t->dy;
                        const int64_t at = row * t->columns + j * t->across + v * t->dx;
                        const int16_t *x = (const int16_t *)t->x + at * each + first;
                        const __m256i product = _mm256_mullo_epi16(
                            _mm256_loadu_si256((const __m256i *)x), _mm256_loadu_si256((const __m256i *)w));
                        a = _mm256_add_epi32(a, _mm256_cvtepi16_epi32(_mm256_castsi256_si128(product)));
                        b = _mm256_add_epi32(b,
                                             _mm256_cvtepi16_epi32(_mm256_extracti128_si256(product, 1)));
                    }
                write_eight(t, y, a, first);
                write_eight(t, y, b, first + 8);
            }
}
