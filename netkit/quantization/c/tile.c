/* One form of the tiles: TARGET, NAME, PRODUCTS(sum, words of x, words of w). See tiles.c. */
__attribute__((target(TARGET))) static void NAME(const tiles *t, int8_t *y)
{
    const int64_t block = (int64_t)t->kh * t->kw * t->words * 16;
    const int places = t->high * t->wide;
    for (int p = 0; p < places; p += PLACES) {
        int64_t at[PLACES];
        places_of(t, p, PLACES, at);
        for (int first = 0; first < t->out; first += 16) {
            const int32_t *w = t->w + first / 16 * block;
            const __m256i *begin = (const __m256i *)(t->sums + first);
            __m256i a[PLACES], b[PLACES];
            for (int k = 0; k < PLACES; k++) {
                a[k] = _mm256_loadu_si256(begin);
                b[k] = _mm256_loadu_si256(begin + 1);
            }
            for (int u = 0; u < t->kh; u++)
                for (int v = 0; v < t->runs; v++) {
                    const int32_t *x = t->x + ((int64_t)u * t->dy * t->columns + v * t->dx) * t->words;
                    for (int c = 0; c < t->run; c++, w += 16) {
                        const __m256i wa = _mm256_loadu_si256((const __m256i *)w);
                        const __m256i wb = _mm256_loadu_si256((const __m256i *)(w + 8));
                        for (int k = 0; k < PLACES; k++) {
                            const __m256i words = _mm256_set1_epi32(x[at[k] + c]);
                            a[k] = PRODUCTS(a[k], words, wa);
                            b[k] = PRODUCTS(b[k], words, wb);
                        }
                    }
                }
            for (int k = 0; k < PLACES; k++) {
                if (p + k >= places) break;
                int8_t *into = y + (int64_t)(p + k) * t->out;
                write_eight(t, into, a[k], first);
                write_eight(t, into, b[k], first + 8);
            }
        }
    }
}
#undef TARGET
#undef NAME
#undef PRODUCTS
