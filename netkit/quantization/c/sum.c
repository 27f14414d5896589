/* The sum of one map of a convolution at the place (i, j): b + sum of w * (x - zero).
 *
 * w is one map's kernel, (kh, kw, part); part is how many maps of the input it sees, of which
 * `first` is the first. What lies outside the maps counts as zero. */
static int32_t net8_sum(const int8_t *x, const int8_t *w, int32_t b, int i, int j, int first,
                        int height, int width, int maps, int part, int kh, int kw,
                        int down, int across, int top, int left, int dy, int dx, int zero)
{
    int32_t sum = b;
    for (int u = 0; u < kh; u++) {
        const int row = i * down - top + u * dy;
        if (row < 0 || row >= height) continue;
        int from = 0, to = kw; /* the columns of the kernel that lie within the maps */
        while (from < to && j * across - left + from * dx < 0) from++;
        while (to > from && j * across - left + (to - 1) * dx >= width) to--;
        const int8_t *at = x + ((int64_t)row * width + j * across - left + from * dx) * maps + first;
        const int8_t *by = w + (u * kw + from) * part;
        if (part == maps && dx == 1) { /* one row of the window is one piece */
            const int count = (to - from) * maps;
            for (int k = 0; k < count; k++) sum += by[k] * (at[k] - zero);
        } else {
            for (int v = from; v < to; v++, at += dx * maps, by += part)
                for (int k = 0; k < part; k++) sum += by[k] * (at[k] - zero);
        }
    }
    return sum;
}
