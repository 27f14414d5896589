/* Vectors of LANES floats, and the activations on them. */

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
