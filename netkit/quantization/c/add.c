/* The sum of two values, each times its own factor. a_maps, a_places: 1 where a has one number for
 * all maps or all places; b's likewise. Factors are below 2^22, so that 32 bits hold the sum. */
static int8_t net8_sum_of_two(int a, int b, int32_t by_a, int32_t by_b, int shift, int to, int low,
                              int high)
{
    const int32_t z = ((by_a * a + by_b * b + (1 << (shift - 1))) >> shift) + to;
    return (int8_t)(z < low ? low : z > high ? high : z);
}

static void net8_add(const int8_t *a, const int8_t *b, int8_t *y, int places, int maps, int a_places,
                     int a_maps, int b_places, int b_maps, int zero_a, int zero_b, int32_t by_a,
                     int32_t by_b, int shift, int to, int low, int high)
{
    if (a_places == b_places && a_maps == b_maps) { /* both are as large as y */
        for (int k = 0; k < places * maps; k++)
            y[k] = net8_sum_of_two(a[k] - zero_a, b[k] - zero_b, by_a, by_b, shift, to, low, high);
        return;
    }
    for (int i = 0; i < places; i++)
        for (int k = 0; k < maps; k++) {
            const int p = a[(a_places == 1 ? 0 : i) * a_maps + (a_maps == 1 ? 0 : k)] - zero_a;
            const int q = b[(b_places == 1 ? 0 : i) * b_maps + (b_maps == 1 ? 0 : k)] - zero_b;
            *y++ = net8_sum_of_two(p, q, by_a, by_b, shift, to, low, high);
        }
}
