/* sum * m / 2^shift + to, the nearest whole number (halves go up), within low..high. The shift to
 * the right of a negative number repeats its sign, as every compiler in use does it. */
static int8_t net8_scaled(int32_t sum, int32_t m, int shift, int to, int low, int high)
{
    const int64_t q = (((int64_t)sum * m + ((int64_t)1 << (shift - 1))) >> shift) + to;
    return (int8_t)(q < low ? low : q > high ? high : q);
}
