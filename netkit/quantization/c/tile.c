/* One form of the tiles: TARGET, NAME, PRODUCTS(sum, words of x, words of w). See tiles.c. */
__attribute__((target(TARGET))) static void NAME(const tiles *t, int8_t *y)
{
    const int64_t block = (int64_t)t->kh * t->kw * t->words * 16, step = (int64_t)t->across * t->words;
    for (int i = 0; i < t->high; i++)
        for (int j = 0; j < t->wide; j += PLACES) {
            const int last = t->wide - 1 - j; /* places past the last one repeat it */
            for (int first = 0; first < t->out; first += 16) {
                const int32_t *w = t->w + first / 16 * block;
                const __m256i *begin = (const __m256i *)(t->sums + first);
                __m256i a[PLACES], b[PLACES];
                int64_t at[PLACES];
                for (int k = 0; k < PLACES; k++) {
                    a[k] = _mm256_loadu_si256(begin);
                    b[k] = _mm256_loadu_si256(begin + 1);
                    at[k] = (k < last ? k : last) * step;
                }
                for (int u = 0; u < t->kh; u++)
                    for (int v = 0; v < t->kw; v++) {
                        const int64_t row = (int64_t)i * t->down + u * t->dy;
                        const int32_t *x = t->x + (row * t->columns + j * t->across + v * t->dx) * t->words;
                        for (int c = 0; c < t->words; c++, w += 16) {
                            const __m256i wa = _mm256_loadu_si256((const __m256i *)w);
                            const __m256i wb = _mm256_loadu_si256((const __m256i *)(w + 8));
                            for (int k = 0; k < PLACES; k++) {
                                const __m256i words = _mm256_set1_epi32(x[at[k] + c]);
                                a[k] = PRODUCTS(a[k], words, wa);
                                b[k] = PRODUCTS(b[k], words, wb);
                            }
                        }
                    }
                for (int k = 0; k <= (last < PLACES - 1 ? last : PLACES - 1); k++) {
                    int8_t *into = y + ((int64_t)i * t->wide + j + k) * t->out;
                    write_eight(t, into, a[k], first);
                    write_eight(t, into, b[k], first + 8);
                }
            }
        }
}
#undef TARGET
#undef NAME
#undef PRODUCTS
