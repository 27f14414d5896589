/* The sum of two values, each times its own factor. b_maps, b_places: 1 where b has one number for
 * all maps or all places. */
static void net8_add(const int8_t *a, const int8_t *b, int8_t *y, int places, int maps, int a_places,
                     int a_maps, int b_places, int b_maps, int zero_a, int zero_b, int32_t by_a,
                     int32_t by_b, int shift, int to, int low, int high)
{
    for (int i = 0; i < places; i++)
        for (int k = 0; k < maps; k++) {
            const int p = a[(a_places == 1 ? 0 : i) * a_maps + (a_maps == 1 ? 0 : k)] - zero_a;
            const int q = b[(b_places == 1 ? 0 : i) * b_maps + (b_maps == 1 ? 0 : k)] - zero_b;
            const int64_t sum = (int64_t)by_a * p + (int64_t)by_b * q;
            const int64_t z = ((sum + ((int64_t)1 << (shift - 1))) >> shift) + to;
            *y++ = (int8_t)(z < low ? low : z > high ? high : z);
        }
}
