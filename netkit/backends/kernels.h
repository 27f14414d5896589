/* The kernels, compiled by native.c once for each instruction set: LANES floats a vector, WIDE with 32 registers.
 *
 * Two of them do the convolutions: `mac` makes a tile of output maps by lanes, `dot` a tile of weight gradients. Lanes
 * run along a row of all images, (column, image), which is contiguous: be it 32 images or 1, each lane has work. A vector
 * at the end of a row may read past it, into the next row or the slack that program.py leaves behind every array; what it
 * reads there is never kept. */


typedef float SIMD(vec) __attribute__((vector_size(4 * LANES)));
typedef float SIMD(loose) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t SIMD(mask) __attribute__((vector_size(4 * LANES)));
#define vec SIMD(vec)
#define mask SIMD(mask)
#define load(p) ((vec) * (const SIMD(loose) *)(p))
#define UNROLL _Pragma("GCC unroll 16")

INLINE vec SIMD(some)(const float *p, int64_t n) { /* the first n of a vector, then zeros */
    vec v = {0};
    memcpy(&v, p, 4 * n);
    return v;
}

INLINE vec SIMD(pick)(mask m, vec a, vec b) { /* a where m, else b: C has no ?: of vectors */
    return (vec)(((mask)a & m) | ((mask)b & ~m));
}

INLINE float SIMD(sum)(vec v) {
    float s[LANES];
    memcpy(s, &v, sizeof v);
    for (int h = LANES / 2; h; h /= 2) UNROLL for (int k = 0; k < h; k++) s[k] += s[k + h];
    return s[0];
}

/* tanh as x P(x²) / Q(x²), a rational function fitted on [-9, 9]: within 4e-7, NaN to NaN. */
INLINE vec SIMD(tanh)(vec x) {
    x = SIMD(pick)(x > 9.0f, (vec){0} + 9.0f, x);
    x = SIMD(pick)(x < -9.0f, (vec){0} - 9.0f, x);
    vec s = x * x;
    vec p = s * -8.488804955188514e-14f + 5.277987769058967e-11f;
    p = p * s - 2.022531297996011e-08f;
    p = p * s + 1.1154331332363654e-05f;
    p = p * s + 0.0031039584428071976f;
    p = p * s + 0.13084012269973755f;
    p = p * s + 1.0f;
    vec q = s * 0.00025461483164690435f + 0.024495188146829605f;
    q = q * s + 0.46417340636253357f;
    q = q * s + 1.0f;
    return x * p / q;
}

INLINE vec SIMD(act)(vec x, int64_t act) {
    if (act == TANH) return SIMD(tanh)(x);
    if (act == SIGMOID) return SIMD(tanh)(x * 0.5f) * 0.5f + 0.5f;
    if (act == RELU) return SIMD(pick)(x < 0, (vec){0}, x); /* NaN stays */
    if (act == ABS) return SIMD(pick)(x < 0, -x, x);
    return x;
}

/* dy times the slope, which all but abs read from y; abs from x, given as y. */
INLINE vec SIMD(slope)(vec y, vec dy, int64_t act) {
    if (act == TANH) return dy * (1 - y * y);
    if (act == SIGMOID) return dy * y * (1 - y);
    if (act == RELU) return SIMD(pick)(y > 0, dy, (vec){0});
    if (act == ABS) return SIMD(pick)(y > 0, dy, SIMD(pick)(y < 0, -dy, (vec){0}));
    return dy;
}

INLINE void SIMD(act_as)(const float *x, float *y, int64_t n, int64_t act) {
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES) *(SIMD(loose) *)(y + k) = SIMD(act)(load(x + k), act);
    if (k < n) {
        vec v = SIMD(act)(SIMD(some)(x + k, n - k), act);
        memcpy(y + k, &v, 4 * (n - k));
    }
}

static void SIMD(activate)(const float *x, float *y, int64_t n, int64_t act) {
    if (act == TANH) SIMD(act_as)(x, y, n, TANH);
    else if (act == SIGMOID) SIMD(act_as)(x, y, n, SIGMOID);
    else if (act == RELU) SIMD(act_as)(x, y, n, RELU);
    else if (act == ABS) SIMD(act_as)(x, y, n, ABS);
}

INLINE float SIMD(back_as)(const float *y, const float *dy, float *dx, int64_t n, int64_t act) {
    vec total = {0};
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        vec d = SIMD(slope)(load(y + k), load(dy + k), act);
        total += d;
        *(SIMD(loose) *)(dx + k) = d;
    }
    if (k < n) {
        vec d = SIMD(slope)(SIMD(some)(y + k, n - k), SIMD(some)(dy + k, n - k), act);
        total += d;
        memcpy(dx + k, &d, 4 * (n - k));
    }
    return SIMD(sum)(total);
}

/* Write dy times the activation's slope into dx and return its sum, a bias's gradient. */
static float SIMD(deactivate)(const float *y, const float *dy, float *dx, int64_t n, int64_t act) {
    if (act == TANH) return SIMD(back_as)(y, dy, dx, n, TANH);
    if (act == SIGMOID) return SIMD(back_as)(y, dy, dx, n, SIGMOID);
    if (act == RELU) return SIMD(back_as)(y, dy, dx, n, RELU);
    if (act == ABS) return SIMD(back_as)(y, dy, dx, n, ABS);
    return SIMD(back_as)(y, dy, dx, n, NONE);
}

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

/* ---- convolution ---- */

/* How a convolution's input lies in memory: padded, and the columns of each phase of the stride together. */
typedef struct { int64_t rows, columns, phase, row, map; } SIMD(layout);

INLINE SIMD(layout) SIMD(laid)(const op *o) {
    SIMD(layout) l;
    l.rows = o->H + 2 * o->ph;
    l.columns = (o->W + 2 * o->pw + o->sw - 1) / o->sw;
    l.phase = l.columns * o->N;
    l.row = o->sw * l.phase;
    l.map = l.rows * l.row;
    return l;
}

INLINE int SIMD(plain)(const op *o) { return !o->ph && !o->pw && o->sw == 1; }

static void SIMD(spread)(const op *o, float *to) {
    SIMD(layout) l = SIMD(laid)(o);
    memset(to, 0, 4 * o->C * l.map);
    for (int64_t k = 0; k < o->C * o->H; k++) {
        float *row = to + k / o->H * l.map + (k % o->H + o->ph) * l.row;
        const float *x = o->x + k * o->W * o->N;
        if (o->sw == 1) memcpy(row + o->pw * o->N, x, 4 * o->W * o->N);
        else
            for (int64_t c = 0; c < o->W; c++) {
                int64_t at = c + o->pw;
                memcpy(row + at % o->sw * l.phase + at / o->sw * o->N, x + c * o->N, 4 * o->N);
            }
    }
}

static void SIMD(unspread)(const op *o, const float *from) {
    SIMD(layout) l = SIMD(laid)(o);
    for (int64_t k = 0; k < o->C * o->H; k++) {
        const float *row = from + k / o->H * l.map + (k % o->H + o->ph) * l.row;
        float *dx = o->dx + k * o->W * o->N;
        if (o->sw == 1) memcpy(dx, row + o->pw * o->N, 4 * o->W * o->N);
        else
            for (int64_t c = 0; c < o->W; c++) {
                int64_t at = c + o->pw;
                memcpy(dx + c * o->N, row + at % o->sw * l.phase + at / o->sw * o->N, 4 * o->N);
            }
    }
}

/* With a table, the kernels as if each output saw each input, zeros where it does not: in t3. */
static const float *SIMD(kernels)(const op *o) {
    if (!o->pairs) return o->w;
    int64_t T = o->kh * o->kw;
    memset(o->t3, 0, 4 * o->O * o->C * T);
    for (int64_t k = 0; k < o->pairs; k++)
        memcpy(o->t3 + (o->table[2 * k] * o->C + o->table[2 * k + 1]) * T, o->w + k * T, 4 * T);
    return o->t3;
}

static int64_t SIMD(taps)(const op *o, SIMD(layout) l, tap *t) {
    for (int64_t a = 0; a < o->kh; a++)
        for (int64_t b = 0; b < o->kw; b++, t++)
            *t = (tap){a * l.row + b % o->sw * l.phase + b / o->sw * o->N, a * o->kw + b};
    return o->kh * o->kw;
}

static void SIMD(conv)(const op *o) {
    SIMD(layout) l = SIMD(laid)(o);
    const float *x = SIMD(plain)(o) ? o->x : o->t1;
    if (x == o->t1) SIMD(spread)(o, o->t1);
    tap t[MOST];
    int64_t T = SIMD(taps)(o, l, t), Q = o->ow * o->N, map = o->oh * Q;
    SIMD(product) p = {.w = SIMD(kernels)(o), .b = o->b, .ws = o->C * T, .wm = T, .xm = l.map, .ys = map, .maps = o->C,
                       .ntaps = T, .taps = t};
    for (int64_t r = 0; r < o->oh; r++) {
        p.x = x + r * o->sh * l.row, p.y = o->y + r * Q;
        SIMD(multiply)(&p, o->O, Q);
        for (int64_t k = 0; o->act && k < o->O; k++) SIMD(activate)(p.y + k * map, p.y + k * map, Q, o->act);
    }
}

/* The gradient at the input, in the layout of `spread`: row by row, each phase a correlation of dz with the taps that
 * reach it. dz (O, oh, left + columns, N) has `left` zero columns before it and zeros behind. */
static void SIMD(conv_dx)(const op *o, SIMD(layout) l, const float *w, int64_t left, int64_t zrow) {
    int64_t T = o->kh * o->kw;
    float *dx = SIMD(plain)(o) ? o->dx : o->t1;
    tap t[MOST];
    SIMD(product) p = {.w = w, .x = o->t2, .ws = T, .wm = o->C * T, .xm = o->oh * zrow, .ys = l.map, .maps = o->O, .taps = t};
    for (int64_t r = 0; r < l.rows; r++)
        for (int64_t phase = 0; phase < o->sw; phase++) {
            p.ntaps = 0;
            for (int64_t a = 0; a < o->kh; a++) {
                int64_t from = r - a;
                if (from < 0 || from % o->sh || from / o->sh >= o->oh) continue;
                for (int64_t b = phase; b < o->kw; b += o->sw)
                    t[p.ntaps++] = (tap){from / o->sh * zrow + (left - b / o->sw) * o->N, a * o->kw + b};
            }
            p.y = dx + r * l.row + phase * l.phase;
            SIMD(multiply)(&p, o->C, l.phase);
        }
    if (dx == o->t1) SIMD(unspread)(o, dx);
}

static void SIMD(conv_back)(const op *o) {
    SIMD(layout) l = SIMD(laid)(o);
    int64_t T = o->kh * o->kw, K = o->C * T, Q = o->ow * o->N, left = (o->kw - 1) / o->sw;
    int64_t zrow = (left + (l.columns > o->ow ? l.columns : o->ow)) * o->N;
    const float *x = SIMD(plain)(o) ? o->x : o->t1, *w = o->pairs ? o->t3 : o->w;
    for (int64_t k = 0; k < o->O; k++) {
        float sum = 0;
        for (int64_t r = 0; r < o->oh; r++) {
            float *z = o->t2 + (k * o->oh + r) * zrow;
            int64_t at = (k * o->oh + r) * Q;
            memset(z, 0, 4 * left * o->N);
            sum += SIMD(deactivate)(o->y + at, o->dy + at, z + left * o->N, Q, o->act);
            memset(z + left * o->N + Q, 0, 4 * (zrow - left * o->N - Q));
        }
        if (o->db) o->db[k] += sum;
    }
    tap one[MOST], t[256];
    SIMD(taps)(o, l, one);
    float *d = o->pairs ? o->t4 : o->dw;
    if (o->pairs) memset(d, 0, 4 * o->O * K);
    SIMD(gradient) g = {.a = o->t2 + left * o->N, .d = d, .as = o->oh * zrow, .ar = zrow, .br = o->sh * l.row, .ds = K, .Q = Q, .taps = t};
    int64_t chunk = 1 + CHUNK * LANES / Q;
    for (int64_t r = 0; r < o->oh; r += chunk) {
        SIMD(gradient) h = g;
        h.rows = least(chunk, o->oh - r), h.a += r * g.ar, h.b = x + r * g.br;
        for (int64_t k = 0; k < K; k += 240) {
            int64_t n = least(240, K - k);
            for (int64_t i = 0; i < n; i++) t[i] = (tap){(k + i) / T * l.map + one[(k + i) % T].x, k + i};
            SIMD(correlate)(&h, o->O, n);
        }
    }
    for (int64_t k = 0; k < o->pairs; k++)
        for (int64_t i = 0; i < T; i++) o->dw[k * T + i] += d[(o->table[2 * k] * o->C + o->table[2 * k + 1]) * T + i];
    if (o->wants_dx) SIMD(conv_dx)(o, l, w, left, zrow);
}

/* ---- linear: y (O, N) = W (O, K) x (K, N). Few images: the lanes run along K, and x is turned to (N, K) in t1. ---- */

static void SIMD(turn)(const float *x, int64_t rows, int64_t columns, float *y) {
    for (int64_t r0 = 0; r0 < rows; r0 += 16)
        for (int64_t c0 = 0; c0 < columns; c0 += 16)
            for (int64_t r = r0; r < least(rows, r0 + 16); r++)
                for (int64_t c = c0; c < least(columns, c0 + 16); c++) y[c * rows + r] = x[r * columns + c];
}

enum { SIMD(FEW) = LANES < 8 ? 4 : 8 };

static void SIMD(linear)(const op *o) {
    int64_t K = o->C * o->H * o->W, N = o->N;
    tap none = {0, 0}, t[16];
    if (N < SIMD(FEW)) {
        const float *x = o->x;
        if (N > 1) SIMD(turn)(x, K, N, o->t1), x = o->t1;
        for (int64_t k = 0; k < o->O * N; k++) o->y[k] = o->b ? o->b[k / N] : 0;
        for (int64_t n = 0; n < N; n++) t[n] = (tap){n * K, n};
        SIMD(gradient) g = {.a = o->w, .b = x, .d = o->y, .as = K, .ds = N, .rows = 1, .Q = K, .exact = 1, .taps = t};
        SIMD(correlate)(&g, o->O, N);
    } else {
        SIMD(product) p = {.w = o->w, .x = o->x, .b = o->b, .y = o->y, .ws = K, .wm = 1, .xm = N, .ys = N, .maps = K, .ntaps = 1, .taps = &none};
        SIMD(multiply)(&p, o->O, N);
    }
    SIMD(activate)(o->y, o->y, o->O * N, o->act);
}

static void SIMD(linear_back)(const op *o) {
    int64_t K = o->C * o->H * o->W, N = o->N;
    tap none = {0, 0};
    float *dz = o->t2;
    const float *x = o->x;
    for (int64_t k = 0; k < o->O; k++) {
        float sum = SIMD(deactivate)(o->y + k * N, o->dy + k * N, dz + k * N, N, o->act);
        if (o->db) o->db[k] += sum;
    }
    if (N > 1) SIMD(turn)(x, K, N, o->t1), x = o->t1;
    SIMD(product) p = {.w = dz, .x = x, .y = o->dw, .ws = N, .wm = 1, .xm = K, .ys = K, .maps = N, .ntaps = 1, .taps = &none, .add = 1};
    SIMD(multiply)(&p, o->O, K);
    if (!o->wants_dx) return;
    if (N < SIMD(FEW)) {
        float *to = N > 1 ? o->t1 : o->dx;
        SIMD(product) q = {.w = dz, .x = o->w, .y = to, .ws = 1, .wm = N, .xm = K, .ys = K, .maps = o->O, .ntaps = 1, .taps = &none, .exact = 1};
        SIMD(multiply)(&q, N, K);
        if (N > 1) SIMD(turn)(to, N, K, o->dx);
    } else {
        SIMD(product) q = {.w = o->w, .x = dz, .y = o->dx, .ws = 1, .wm = K, .xm = N, .ys = N, .maps = o->O, .ntaps = 1, .taps = &none};
        SIMD(multiply)(&q, K, N);
    }
}

/* ---- pooling ---- */

#define FOR_WINDOWS(o) \
    for (int64_t c = 0; c < (o)->C; c++) for (int64_t i = 0; i < (o)->oh; i++) for (int64_t j = 0; j < (o)->ow; j++)
#define FOR_PIXELS(o) for (int64_t a = 0; a < (o)->kh; a++) for (int64_t e = 0; e < (o)->kw; e++)
#define AT(o) ((((c * (o)->H + i * (o)->sh + a) * (o)->W) + j * (o)->sw + e) * (o)->N)

/* y = w[c] * sum of each window + b[c], or a * sum: EBLearn's subsampling, average pooling. */
static void SIMD(sumpool)(const op *o) {
    const int64_t N = o->N;
    FOR_WINDOWS(o) {
        float *restrict y = o->y + ((c * o->oh + i) * o->ow + j) * N;
        const float scale = o->w ? o->w[c] : (float)o->a, bias = o->b ? o->b[c] : 0;
        const float *x0 = o->x + (((c * o->H + i * o->sh) * o->W) + j * o->sw) * N, *x1 = x0 + o->W * N;
        if (o->kh == 2 && o->kw == 2)
            for (int64_t n = 0; n < N; n++) y[n] = scale * (x0[n] + x0[N + n] + x1[n] + x1[N + n]) + bias;
        else {
            for (int64_t n = 0; n < N; n++) y[n] = 0;
            FOR_PIXELS(o) { const float *x = o->x + AT(o); for (int64_t n = 0; n < N; n++) y[n] += x[n]; }
            for (int64_t n = 0; n < N; n++) y[n] = scale * y[n] + bias;
        }
    }
    SIMD(activate)(o->y, o->y, o->O * o->oh * o->ow * N, o->act);
}

static void SIMD(sumpool_back)(const op *o) {
    const int64_t N = o->N, map = o->oh * o->ow * N, split = o->kh <= o->sh && o->kw <= o->sw;
    for (int64_t c = 0; c < o->C; c++) {
        float sum = SIMD(deactivate)(o->y + c * map, o->dy + c * map, o->t2 + c * map, map, o->act);
        if (o->db) o->db[c] += sum;
    }
    if (o->wants_dx && !(split && o->oh * o->kh == o->H && o->ow * o->kw == o->W)) memset(o->dx, 0, 4 * o->C * o->H * o->W * N);
    for (int64_t c = 0; c < o->C; c++) {
        float dc[LANES] = {0}, scale = o->w ? o->w[c] : (float)o->a;
        for (int64_t i = 0; i < o->oh; i++) for (int64_t j = 0; j < o->ow; j++) {
            const float *restrict dz = o->t2 + ((c * o->oh + i) * o->ow + j) * N;
            FOR_PIXELS(o) {
                const float *restrict x = o->x + AT(o);
                float *restrict dx = o->dx + AT(o);
                if (o->dw) {
                    int64_t n = 0;
                    for (; n + LANES <= N; n += LANES) for (int k = 0; k < LANES; k++) dc[k] += dz[n + k] * x[n + k];
                    for (int k = 0; n + k < N; k++) dc[k] += dz[n + k] * x[n + k];
                }
                if (!o->wants_dx) continue;
                if (split) for (int64_t n = 0; n < N; n++) dx[n] = scale * dz[n];
                else for (int64_t n = 0; n < N; n++) dx[n] += scale * dz[n];
            }
        }
        for (int k = 0; o->dw && k < LANES; k++) o->dw[c] += dc[k];
    }
}

static void SIMD(maxpool)(const op *o) {
    const int64_t N = o->N;
    FOR_WINDOWS(o) {
        float *restrict y = o->y + ((c * o->oh + i) * o->ow + j) * N;
        FOR_PIXELS(o) {
            const float *restrict x = o->x + AT(o);
            if (!a && !e) memcpy(y, x, 4 * N);
            else for (int64_t n = 0; n < N; n++) y[n] = x[n] > y[n] || x[n] != x[n] ? x[n] : y[n];
        }
    }
}

static void SIMD(maxpool_back)(const op *o) { /* dy goes to the first of the largest of each window */
    const int64_t N = o->N;
    memset(o->dx, 0, 4 * o->C * o->H * o->W * N);
    FOR_WINDOWS(o) {
        int64_t at = ((c * o->oh + i) * o->ow + j) * N;
        const float *restrict y = o->y + at, *restrict dy = o->dy + at;
        for (int64_t n0 = 0; n0 < N; n0 += LANES) {
            int64_t m = least(LANES, N - n0);
            float left[LANES];
            for (int64_t n = 0; n < m; n++) left[n] = dy[n0 + n];
            FOR_PIXELS(o) {
                const float *restrict x = o->x + AT(o) + n0;
                float *restrict dx = o->dx + AT(o) + n0;
                for (int64_t n = 0; n < m; n++) {
                    float hit = x[n] == y[n0 + n] ? left[n] : 0;
                    dx[n] += hit;
                    left[n] = x[n] == y[n0 + n] ? 0 : left[n];
                }
            }
        }
    }
}

/* ---- contrast normalisation: w holds kh vertical and then kw horizontal taps ---- */

/* Correlate s (H, W, N) with the taps along both axes, zeros outside; back: with the taps turned round. */
static void SIMD(blur)(const op *o, float *s, float *part, int back) {
    const int64_t Q = o->W * o->N;
    for (int axis = 0; axis < 2; axis++) {
        const int64_t size = axis ? o->kw : o->kh, before = back ? size - 1 - size / 2 : size / 2;
        const float *taps = o->w + (axis ? o->kh : 0), *from = axis ? part : s;
        for (int64_t r = 0; r < o->H; r++) {
            float *restrict y = (axis ? s : part) + r * Q;
            memset(y, 0, 4 * Q);
            for (int64_t k = 0; k < size; k++) {
                const float tap = taps[back ? size - 1 - k : k];
                const int64_t row = axis ? r : r + k - before, shift = axis ? (k - before) * o->N : 0;
                if (row < 0 || row >= o->H) continue;
                const float *restrict x = from + row * Q + shift;
                const int64_t low = shift < 0 ? -shift : 0, high = shift > 0 ? Q - shift : Q;
                for (int64_t q = low; q < high; q++) y[q] += tap * x[q];
            }
        }
    }
}

static void SIMD(wstd)(const op *o) { /* t1: v; t2: s and its mean (N); t3: scratch, twice a map */
    const int64_t map = o->H * o->W * o->N, N = o->N, pixels = o->H * o->W;
    float *restrict v = o->t1, *restrict s = o->t2, *restrict mean = s + map, *restrict u = o->t3;
    memcpy(u, o->x, 4 * map);
    for (int64_t c = 1; c < o->C; c++) for (int64_t k = 0; k < map; k++) u[k] += o->x[c * map + k];
    SIMD(blur)(o, u, u + map, 0);
    memset(s, 0, 4 * map);
    for (int64_t c = 0; c < o->C; c++)
        for (int64_t k = 0; k < map; k++) {
            const float d = o->x[c * map + k] - u[k];
            v[c * map + k] = d;
            s[k] += d * d;
        }
    SIMD(blur)(o, s, u, 0);
    memset(mean, 0, 4 * N);
    for (int64_t k = 0; k < map; k++) s[k] = sqrtf(s[k] + (float)o->a);
    for (int64_t k = 0; k < pixels; k++) for (int64_t n = 0; n < N; n++) mean[n] += s[k * N + n];
    for (int64_t n = 0; n < N; n++) mean[n] /= (float)pixels;
    for (int64_t k = 0; k < pixels; k++)
        for (int64_t n = 0; n < N; n++) u[k * N + n] = 1 / (s[k * N + n] < mean[n] ? mean[n] : s[k * N + n]);
    for (int64_t c = 0; c < o->C; c++) for (int64_t k = 0; k < map; k++) o->y[c * map + k] = v[c * map + k] * u[k];
}

static void SIMD(wstd_back)(const op *o) {
    const int64_t map = o->H * o->W * o->N, N = o->N, pixels = o->H * o->W;
    const float *restrict v = o->t1, *restrict s = o->t2, *restrict mean = s + map;
    float *restrict u = o->t3, *restrict ds = o->t3 + map, *restrict share = o->t3 + 2 * map, *restrict dx = o->dx;
    for (int64_t k = 0; k < pixels; k++)
        for (int64_t n = 0; n < N; n++) u[k * N + n] = 1 / (s[k * N + n] < mean[n] ? mean[n] : s[k * N + n]);
    memset(ds, 0, 4 * map);
    memset(share, 0, 4 * N);
    for (int64_t c = 0; c < o->C; c++) for (int64_t k = 0; k < map; k++) ds[k] += o->dy[c * map + k] * o->y[c * map + k];
    for (int64_t k = 0; k < pixels; k++)
        for (int64_t n = 0; n < N; n++) {
            const int64_t at = k * N + n;
            const float dd = -ds[at] * u[at];
            ds[at] = s[at] > mean[n] ? dd : 0;
            share[n] += s[at] > mean[n] ? 0 : dd;
        }
    for (int64_t k = 0; k < pixels; k++)
        for (int64_t n = 0; n < N; n++) ds[k * N + n] = (ds[k * N + n] + share[n] / (float)pixels) / s[k * N + n];
    SIMD(blur)(o, ds, share, 1);
    memset(share, 0, 4 * map);
    for (int64_t c = 0; c < o->C; c++)
        for (int64_t k = 0; k < map; k++) {
            const float d = o->dy[c * map + k] * u[k] + v[c * map + k] * ds[k];
            dx[c * map + k] = d;
            share[k] += d;
        }
    SIMD(blur)(o, share, u, 1);
    for (int64_t c = 0; c < o->C; c++) for (int64_t k = 0; k < map; k++) dx[c * map + k] -= share[k];
}

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
