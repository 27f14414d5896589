/* Contrast normalisation, forward and backward. */

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
