/* Convolution and linear layers, forward and backward. */

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
    int64_t chunk = 1 + CHUNK * LANES / (Q ? Q : 1);
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
