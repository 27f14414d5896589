/* The product of two values. */
static void net8_multiply(const int8_t *a, const int8_t *b, int8_t *y, int places, int maps,
                          int a_places, int a_maps, int b_places, int b_maps, int zero_a, int zero_b,
                          int32_t m, int shift, int to, int low, int high)
{
    for (int i = 0; i < places; i++)
        for (int k = 0; k < maps; k++) {
            const int p = a[(a_places == 1 ? 0 : i) * a_maps + (a_maps == 1 ? 0 : k)] - zero_a;
            const int q = b[(b_places == 1 ? 0 : i) * b_maps + (b_maps == 1 ? 0 : k)] - zero_b;
            *y++ = net8_scaled(p * q, m, shift, to, low, high);
        }
}
