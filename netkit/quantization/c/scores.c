/* A convolution whose sums become floats. */
static void net8_scores(const int8_t *x, float *y, const int8_t *w, const int32_t *b,
                        const float *scale, int height, int width, int maps, int high, int wide,
                        int out, int groups, int kh, int kw, int down, int across, int top,
                        int left, int dy, int dx, int zero)
{
    const int part = maps / groups, each = out / groups;
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++)
            for (int o = 0; o < out; o++) {
                const int32_t sum =
                    net8_sum(x, w + (int64_t)o * kh * kw * part, b[o], i, j, o / each * part, height,
                             width, maps, part, kh, kw, down, across, top, left, dy, dx, zero);
                *y++ = (float)sum * scale[o];
            }
}
