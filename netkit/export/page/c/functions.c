/* Functions of one number in double precision, right to the last digit of a float. */

/* e^x = 2^k e^r with |r| <= ln 2 / 2, e^r by its series. */
static double exp_of(double x)
{
    if (x > 709) return __builtin_inf();
    if (x < -700) return 0;
    if (x != x) return x;
    const double k = __builtin_nearbyint(x * 1.4426950408889634);
    const double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double sum = 1;
    for (int n = 13; n > 0; n--) sum = 1 + sum * r / n;
    union { uint64_t bits; double number; } power;
    power.bits = (uint64_t)((int64_t)k + 1023) << 52;
    return sum * power.number;
}

/* ln x = k ln 2 + ln m with m near 1, ln m = 2 (s + s^3/3 + s^5/5 ...) with s = (m - 1)/(m + 1). */
static double log_of(double x)
{
    if (x < 0) return __builtin_nan("");
    if (x == 0) return -__builtin_inf();
    if (x != x || x == __builtin_inf()) return x;
    union { double number; uint64_t bits; } of = {x};
    int64_t k = (int64_t)(of.bits >> 52) - 1023;
    of.bits = (of.bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL;
    if (of.number > 1.4142135623730951) {
        of.number /= 2;
        k++;
    }
    const double s = (of.number - 1) / (of.number + 1), square = s * s;
    double sum = 0;
    for (int n = 21; n > 0; n -= 2) sum = sum * square + 1.0 / n;
    return (double)k * 0.69314718055994530942 + 2 * s * sum;
}

/* Near 0, where 1 - e^-2x would lose digits, its series. */
static double tanh_of(double x)
{
    const double size = __builtin_fabs(x);
    if (size < 1e-3) return x - x * x * x / 3;
    const double e = exp_of(-2 * size), y = (1 - e) / (1 + e);
    return x < 0 ? -y : y;
}

/* x^p; of a number below 0 with whole p alone. */
static double power_of(double x, double p)
{
    if (p == 0) return 1;
    if (p == 1) return x;
    if (p == 2) return x * x;
    if (x == 0) return p > 0 ? 0 : __builtin_inf();
    if (x > 0) return exp_of(p * log_of(x));
    if (p != __builtin_floor(p)) return __builtin_nan("");
    const double y = exp_of(p * log_of(-x));
    return __builtin_floor(p / 2) * 2 == p ? y : -y;
}
