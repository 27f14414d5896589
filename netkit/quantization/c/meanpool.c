/* The mean of each window: m / 2^shift has the share of one place in it. */
static void net8_meanpool(const int8_t *x, int8_t *y, int width, int maps, int high, int wide,
                          int kh, int kw, int down, int across, int zero, int32_t m, int shift,
                          int to, int low, int most)
{
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++)
            for (int k = 0; k < maps; k++) {
                int32_t sum = 0;
                for (int u = 0; u < kh; u++)
                    for (int v = 0; v < kw; v++)
                        sum += x[((i * down + u) * width + j * across + v) * maps + k] - zero;
                *y++ = net8_scaled(sum, m, shift, to, low, most);
            }
}
