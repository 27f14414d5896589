/* Operators of every number by itself, or of two at the same place. */
enum { IDENTITY, TANH, SIGMOID, RELU, SOFTPLUS, ABS, SIGN, EXP, LOG, SQRT, NEG };
enum { ADD, SUB, MUL, DIV, MAX, MIN, POW };

/* y = (x + w[0]) * w[1]: pixels as the net was trained on them. */
static void input(const float *x, float *y, int n, const float *w)
{
    for (int k = 0; k < n; k++) y[k] = (x[k] + w[0]) * w[1];
}

static float one(float x, int function)
{
    switch (function) {
    case TANH: return (float)tanh_of(x);
    case SIGMOID: return (float)((1 + tanh_of((double)x / 2)) / 2);
    case RELU: return x < 0 ? 0 : x;
    case SOFTPLUS: return (float)((x > 0 ? x : 0) + log_of(1 + exp_of(-__builtin_fabs((double)x))));
    case ABS: return __builtin_fabsf(x);
    case SIGN: return (float)((x > 0) - (x < 0));
    case EXP: return (float)exp_of(x);
    case LOG: return (float)log_of(x);
    case SQRT: return __builtin_sqrtf(x);
    case NEG: return -x;
    default: return x;
    }
}

static void unary(const float *x, float *y, int n, int function)
{
    for (int k = 0; k < n; k++) y[k] = one(x[k], function);
}

static float two(float a, float b, int function)
{
    switch (function) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MAX: return a > b || a != a ? a : b;
    case MIN: return a < b || a != a ? a : b;
    default: return (float)power_of(a, b);
    }
}

/* s is the shape of y, the steps of a over maps, rows and columns, those of b, the function. */
static void binary(const float *a, const float *b, float *y, const int32_t *s)
{
    for (int c = 0; c < s[0]; c++)
        for (int r = 0; r < s[1]; r++)
            for (int q = 0; q < s[2]; q++)
                *y++ = two(a[(long)c * s[3] + (long)r * s[4] + (long)q * s[5]],
                           b[(long)c * s[6] + (long)r * s[7] + (long)q * s[8]], s[9]);
}

/* y = x * w + b, a number of each a map: batch normalisation. */
static void scale(const float *x, float *y, const float *w, const float *b, int maps, int n)
{
    for (int c = 0; c < maps; c++)
        for (int k = 0; k < n; k++, x++, y++) *y = *x * w[c] + b[c];
}

/* Over the maps, at each of n places; `logarithm`: of its result. */
static void softmax(const float *x, float *y, int maps, int n, int logarithm)
{
    for (int k = 0; k < n; k++) {
        double top = x[k], sum = 0;
        for (int c = 1; c < maps; c++)
            if (x[(long)c * n + k] > top) top = x[(long)c * n + k];
        for (int c = 0; c < maps; c++) sum += exp_of(x[(long)c * n + k] - top);
        for (int c = 0; c < maps; c++) {
            const double from = x[(long)c * n + k] - top;
            y[(long)c * n + k] = (float)(logarithm ? from - log_of(sum) : exp_of(from) / sum);
        }
    }
}
