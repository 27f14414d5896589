/* A convolution: each map's sums times its m / 2^shift. */
static void net8_conv(const int8_t *x, int8_t *y, const int8_t *w, const int32_t *b,
                      const int32_t *m, const uint8_t *shift, int height, int width, int maps,
                      int high, int wide, int out, int groups, int kh, int kw, int down, int across,
                      int top, int left, int dy, int dx, int zero, int to, int low, int most)
{
    const int part = maps / groups, each = out / groups;
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++)
            for (int o = 0; o < out; o++) {
                const int32_t sum =
                    net8_sum(x, w + (int64_t)o * kh * kw * part, b[o], i, j, o / each * part, height,
                             width, maps, part, kh, kw, down, across, top, left, dy, dx, zero);
                *y++ = net8_scaled(sum, m[o], shift[o], to, low, most);
            }
}
