/* The tiles of VNNI512: ten places, and sixteen maps in one vector. See tiles.c. */
enum { PLACES512 = 10 };
#define AVX512 "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"

/* What scales sixteen sums, those of even and of odd maps apart: m, 2^(shift - 1) and shift. */
typedef struct scaling {
    __m512i m[2], half[2], shift[2];
} scaling;

__attribute__((target(AVX512))) static inline scaling scaling_of(const tiles *t, int first)
{
    const __m512i m = _mm512_loadu_si512(t->m + first), one = _mm512_set1_epi64(1);
    const __m512i shift = _mm512_loadu_si512(t->shift + first);
    scaling s = {{m, _mm512_srli_epi64(m, 32)},
                 {one, one},
                 {_mm512_and_si512(shift, _mm512_set1_epi64(0xffffffff)), _mm512_srli_epi64(shift, 32)}};
    for (int k = 0; k < 2; k++) s.half[k] = _mm512_sllv_epi64(one, _mm512_sub_epi64(s.shift[k], one));
    return s;
}

/* Sixteen sums times m / 2^shift, within low..most, as bytes. */
__attribute__((target(AVX512))) static inline __m128i scaled_sixteen(const scaling *s, __m512i sum,
                                                                     __m512i to, __m512i low,
                                                                     __m512i most)
{
    __m512i even = _mm512_mul_epi32(sum, s->m[0]);
    __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(sum, 32), s->m[1]);
    even = _mm512_srav_epi64(_mm512_add_epi64(even, s->half[0]), s->shift[0]);
    odd = _mm512_srav_epi64(_mm512_add_epi64(odd, s->half[1]), s->shift[1]);
    const __m512i y = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
    const __m512i up = _mm512_max_epi32(_mm512_add_epi32(y, to), low);
    return _mm512_cvtepi32_epi8(_mm512_min_epi32(up, most));
}

__attribute__((target(AVX512))) static void tiles_vnni512(const tiles *t, int8_t *y)
{
    const __m512i to = _mm512_set1_epi32(t->to), low = _mm512_set1_epi32(t->low);
    const __m512i most = _mm512_set1_epi32(t->most);
    const int64_t block = (int64_t)t->kh * t->kw * t->words * 16;
    const int places = t->high * t->wide, out = t->out;
    for (int p = 0; p < places; p += PLACES512) {
        int64_t at[PLACES512];
        places_of(t, p, PLACES512, at);
        for (int first = 0; first < out; first += 16) {
            const int32_t *w = t->w + first / 16 * block;
            const __m512i begin = _mm512_loadu_si512(t->sums + first);
            __m512i a[PLACES512];
            for (int k = 0; k < PLACES512; k++) a[k] = begin;
            for (int u = 0; u < t->kh; u++)
                for (int v = 0; v < t->runs; v++) {
                    const int32_t *x = t->x + ((int64_t)u * t->dy * t->columns + v * t->dx) * t->words;
                    for (int c = 0; c < t->run; c++, w += 16) {
                        const __m512i maps = _mm512_loadu_si512(w);
                        for (int k = 0; k < PLACES512; k++)
                            a[k] = _mm512_dpbusd_epi32(a[k], _mm512_set1_epi32(x[at[k] + c]), maps);
                    }
                }
            const scaling s = scaling_of(t, first);
            const __mmask16 some = (__mmask16)(out - first < 16 ? (1 << (out - first)) - 1 : 0xffff);
            int8_t *into = y + (int64_t)p * out + first;
            for (int k = 0; k < PLACES512; k++)
                if (p + k < places)
                    _mm_mask_storeu_epi8(into + (int64_t)k * out, some,
                                         scaled_sixteen(&s, a[k], to, low, most));
        }
    }
}
