/* The two kernels that do the work: sums of products over tiles that stay in registers. */

/* ---- mac: y[j, q] (+)= b[j] + sum over maps m and taps t of w[j ws + m wm + t.w] x[m xm + t.x + q] ---- */

typedef struct {
    const float *w, *x, *b;
    float *y;
    int64_t ws, wm, xm, ys, maps, ntaps, add, exact; /* exact: x has no slack behind it */
    const tap *taps;
} SIMD(product);

INLINE void SIMD(mac)(const SIMD(product) *p, int J, int Q, int64_t j0, int64_t q0, int64_t part) {
    vec acc[8][8];
    const int64_t ws = p->ws;
    UNROLL for (int j = 0; j < J; j++) UNROLL for (int q = 0; q < Q; q++)
        acc[j][q] = (p->b ? p->b[j0 + j] : 0.0f) + (vec){0};
    for (int64_t m = 0; m < p->maps; m++) {
        const float *x = p->x + m * p->xm + q0, *w = p->w + m * p->wm + j0 * ws;
        for (const tap *t = p->taps, *end = t + p->ntaps; t < end; t++) {
            vec v[8];
            const float *from = x + t->x, *with = w + t->w;
            UNROLL for (int q = 0; q < Q; q++)
                v[q] = part && p->exact ? SIMD(some)(from, part) : load(from + q * LANES);
            UNROLL for (int j = 0; j < J; j++) UNROLL for (int q = 0; q < Q; q++) acc[j][q] += with[j * ws] * v[q];
        }
    }
    UNROLL for (int j = 0; j < J; j++) UNROLL for (int q = 0; q < Q; q++) {
        float *to = p->y + (j0 + j) * p->ys + q0 + q * LANES;
        if (part) {
            vec v = acc[j][q] + (p->add ? SIMD(some)(to, part) : (vec){0});
            memcpy(to, &v, 4 * part);
        } else
            *(SIMD(loose) *)to = p->add ? acc[j][q] + load(to) : acc[j][q];
    }
}

#define MAC(J, Q) \
    static __attribute__((noinline)) void SIMD(mac_##J##x##Q)(const SIMD(product) *p, int64_t j, int64_t q) { \
        SIMD(mac)(p, J, Q, j, q, 0); \
    }
#define MAC_END(J) \
    static __attribute__((noinline)) void SIMD(mac_end_##J)(const SIMD(product) *p, int64_t j, int64_t q, int64_t n) { \
        SIMD(mac)(p, J, 1, j, q, n); \
    }
#define ROWS(J, QT) \
    static void SIMD(rows_##J)(const SIMD(product) *p, int64_t j, int64_t Q) { \
        int64_t q = 0; \
        for (; q + QT * LANES <= Q; q += QT * LANES) SIMD(mac_##J##x##QT)(p, j, q); \
        if (QT > 2 && q + 2 * LANES <= Q) SIMD(mac_##J##x2)(p, j, q), q += 2 * LANES; \
        for (; q + LANES <= Q; q += LANES) SIMD(mac_##J##x1)(p, j, q); \
        if (q < Q) SIMD(mac_end_##J)(p, j, q, Q - q); \
    }
#if WIDE
MAC(8, 3) MAC(8, 2) MAC(8, 1) MAC_END(8) ROWS(8, 3)
MAC(6, 4) MAC(6, 2) MAC(6, 1) MAC_END(6) ROWS(6, 4)
MAC(4, 6) MAC(4, 2) MAC(4, 1) MAC_END(4) ROWS(4, 6)
#else
MAC(4, 3) MAC(4, 2) MAC(4, 1) MAC_END(4) ROWS(4, 3)
#endif
MAC(2, 4) MAC(2, 2) MAC(2, 1) MAC_END(2) ROWS(2, 4)
MAC(1, 8) MAC(1, 2) MAC(1, 1) MAC_END(1) ROWS(1, 8)

/* Make J maps, Q numbers of each. */
static void SIMD(multiply)(const SIMD(product) *p, int64_t J, int64_t Q) {
    int64_t j = 0;
#if WIDE
    if (J % 8 == 6 || J % 8 == 4 || J == 10)
        for (; (J - j) % 8 && j + 6 <= J; j += 6) SIMD(rows_6)(p, j, Q);
    for (; j + 8 <= J; j += 8) SIMD(rows_8)(p, j, Q);
#endif
    for (; j + 4 <= J; j += 4) SIMD(rows_4)(p, j, Q);
    for (; j + 2 <= J; j += 2) SIMD(rows_2)(p, j, Q);
    if (j < J) SIMD(rows_1)(p, j, Q);
}

/* ---- dot: d[j ds + t.w] += sum over rows r and places q of a[j as + r ar + q] b[t.x + r br + q] ---- */

typedef struct {
    const float *a, *b;
    float *d;
    int64_t as, ar, br, ds, rows, Q, exact;
    const tap *taps;
} SIMD(gradient);

INLINE void SIMD(dot)(const SIMD(gradient) *p, int J, int T, int64_t j0, int nj, const tap *t, int nt) {
    vec acc[8][8];
    const float *a[8], *b[8];
    UNROLL for (int j = 0; j < J; j++) a[j] = p->a + (j0 + (j < nj ? j : nj - 1)) * p->as;
    UNROLL for (int k = 0; k < T; k++) b[k] = p->b + t[k < nt ? k : nt - 1].x;
    UNROLL for (int j = 0; j < J; j++) UNROLL for (int k = 0; k < T; k++) acc[j][k] = (vec){0};
    const int64_t whole = p->Q / LANES * LANES, part = p->Q - whole;
    mask keep;
    UNROLL for (int k = 0; k < LANES; k++) keep[k] = k < part ? -1 : 0;
    for (int64_t r = 0; r < p->rows; r++) {
        const int64_t ra = r * p->ar, rb = r * p->br;
        for (int64_t q = 0; q < whole; q += LANES) {
            vec v[8];
            UNROLL for (int j = 0; j < J; j++) v[j] = load(a[j] + ra + q);
            UNROLL for (int k = 0; k < T; k++) {
                vec u = load(b[k] + rb + q);
                UNROLL for (int j = 0; j < J; j++) acc[j][k] += v[j] * u;
            }
        }
        if (part) {
            vec v[8];
            UNROLL for (int j = 0; j < J; j++)
                v[j] = p->exact ? SIMD(some)(a[j] + ra + whole, part) : (vec)((mask)load(a[j] + ra + whole) & keep);
            UNROLL for (int k = 0; k < T; k++) {
                vec u = (vec)((mask)load(b[k] + rb + whole) & keep);
                UNROLL for (int j = 0; j < J; j++) acc[j][k] += v[j] * u;
            }
        }
    }
    for (int j = 0; j < nj; j++)
        for (int k = 0; k < nt; k++) p->d[(j0 + j) * p->ds + t[k].w] += SIMD(sum)(acc[j][k]);
}

#define DOT(J, T) \
    static __attribute__((noinline)) void SIMD(dot_##J##x##T)( \
        const SIMD(gradient) *p, int64_t j, int nj, const tap *t, int nt) { \
        SIMD(dot)(p, J, T, j, nj, t, nt); \
    }
#if WIDE
DOT(6, 4) DOT(4, 5) DOT(4, 1)
#define T4 5
#else
DOT(4, 2) DOT(4, 1)
#define T4 2
#endif

/* Make the gradients of J maps at all taps. */
static void SIMD(correlate)(const SIMD(gradient) *p, int64_t J, int64_t taps) {
    int64_t j = 0;
#if WIDE
    for (; J % 6 == 0 && j + 6 <= J; j += 6)
        for (int64_t t = 0; t < taps; t += 4) SIMD(dot_6x4)(p, j, 6, p->taps + t, (int)least(4, taps - t));
    for (; j < J; j += 4)
        for (int64_t t = 0; t < taps; t += T4)
            if (taps - t == 1) SIMD(dot_4x1)(p, j, (int)least(4, J - j), p->taps + t, 1);
            else SIMD(dot_4x5)(p, j, (int)least(4, J - j), p->taps + t, (int)least(T4, taps - t));
#else
    for (; j < J; j += 4)
        for (int64_t t = 0; t < taps; t += T4)
            if (taps - t == 1) SIMD(dot_4x1)(p, j, (int)least(4, J - j), p->taps + t, 1);
            else SIMD(dot_4x2)(p, j, (int)least(4, J - j), p->taps + t, 2);
#endif
}
