/* Subsampling, average and max pooling, forward and backward. */

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
