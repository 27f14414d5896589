/* Convolution: y[o] = b[o] + the sum over the maps of o's group, i and j of
 * x[c][r * down + i * apart_down - top][q * across + j * apart_across - left] * w[o][c][i][j],
 * where x is 0 outside of its rows and columns.
 *
 * x is copied with zeros around it, and with its columns sorted by their rest of division by
 * `across`: then the numbers that one weight multiplies stand side by side, whatever the stride.
 * Four outputs of eight neighbouring pixels are summed at a time, in registers. */
typedef struct {
    int maps, height, width;            /* of x */
    int out, rows, columns;             /* of y */
    int kh, kw, down, across, top, left, apart_down, apart_across, room, groups;
} conv_sizes;

static int round_up(int n, int by) { return (n + by - 1) / by * by; }

/* Columns of one rest that a row of the copy has; table.py reserves as much. */
static int copy_width(const conv_sizes *s)
{
    return (s->kw - 1) * s->apart_across / s->across + 1 + round_up(s->columns, 8);
}

static int copy_height(const conv_sizes *s)
{
    return (s->rows - 1) * s->down + (s->kh - 1) * s->apart_down + 1;
}

static void make_copy(const float *x, float *copy, const conv_sizes *s)
{
    const int width = copy_width(s), height = copy_height(s);
    for (int c = 0; c < s->maps; c++)
        for (int r = 0; r < height; r++) {
            const int row = r - s->top;
            const int inside = row >= 0 && row < s->height;
            const float *from = x + ((long)c * s->height + row) * s->width;
            for (int rest = 0; rest < s->across; rest++, copy += width)
                for (int q = 0; q < width; q++) {
                    const int at = q * s->across + rest - s->left;
                    copy[q] = inside && at >= 0 && at < s->width ? from[at] : 0;
                }
        }
}

/* `outs` outputs of `vectors` * 4 pixels of row r from column q on. */
static inline __attribute__((always_inline)) void tile(
    int outs, int vectors, const float *x, long row_step, int width, float *y, long map_step,
    const float *w, const float *b, int r, int q, int maps, const conv_sizes *s)
{
    const int taps = maps * s->kh * s->kw, columns = s->columns;
    four sum[4][2];
    for (int k = 0; k < outs; k++)
        for (int v = 0; v < vectors; v++) sum[k][v] = (four){b[k], b[k], b[k], b[k]};
    const float *by = w;
    for (int c = 0; c < maps; c++)
        for (int i = 0; i < s->kh; i++) {
            const long row = (long)c * copy_height(s) + r * s->down + i * s->apart_down;
            const float *line = x + row * row_step + q;
            for (int j = 0; j < s->kw; j++, by++) {
                const int at = j * s->apart_across;
                const float *from = line + at % s->across * width + at / s->across;
                four numbers[2];
                for (int v = 0; v < vectors; v++) numbers[v] = LOAD(from + 4 * v);
                for (int k = 0; k < outs; k++)
                    for (int v = 0; v < vectors; v++) sum[k][v] += numbers[v] * by[k * taps];
            }
        }
    for (int k = 0; k < outs; k++)
        for (int v = 0; v < vectors; v++)
            for (int p = 0; p < 4; p++)
                if (q + 4 * v + p < columns)
                    y[k * map_step + (long)r * columns + q + 4 * v + p] = sum[k][v][p];
}

/* One output that sees all of x: the product of two rows of n numbers. */
static float product(const float *x, const float *w, int n)
{
    four sum[4] = {{0}, {0}, {0}, {0}};
    int k = 0;
    for (; k + 16 <= n; k += 16)
        for (int v = 0; v < 4; v++) sum[v] += LOAD(x + k + 4 * v) * LOAD(w + k + 4 * v);
    const four all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    float total = (all[0] + all[1]) + (all[2] + all[3]);
    for (; k < n; k++) total += x[k] * w[k];
    return total;
}

static void conv(const float *x, float *y, const float *w, const float *b, float *copy,
                 const int32_t *words)
{
    conv_sizes s = {words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7],
                    words[8], words[9], words[10], words[11], words[12], words[13], 0, words[15]};
    const int padded = s.top || s.left;
    if (s.rows * s.columns == 1 && s.groups == 1 && !padded && s.kh == s.height
        && s.kw == s.width && s.apart_down == 1 && s.apart_across == 1) {
        const int n = s.maps * s.kh * s.kw;
        for (int o = 0; o < s.out; o++) y[o] = b[o] + product(x, w + (long)o * n, n);
        return;
    }
    long row_step = s.width;
    if (s.kh * s.kw == 1 && s.down * s.across == 1 && s.rows == s.height
        && s.columns == s.width) { /* pixel by pixel: one long row */
        s.columns = s.width = s.height * s.width;
        s.rows = s.height = 1;
        row_step = s.width;
    } else {
        make_copy(x, copy, &s);
        row_step = (long)copy_width(&s) * s.across;
        x = copy;
    }
    const int width = copy_width(&s), maps = s.maps / s.groups, each = s.out / s.groups;
    const long map_step = (long)s.rows * s.columns, taps = (long)maps * s.kh * s.kw;
    for (int g = 0; g < s.groups; g++)
        for (int o = g * each, end = o + each; o < end;) {
            const float *from = x + (long)g * maps * copy_height(&s) * row_step;
            const int outs = end - o >= 4 ? 4 : 1;
#define TILE(n, v) tile(n, v, from, row_step, width, y + o * map_step, map_step, w + o * taps, \
                        b + o, r, q, maps, &s)
            for (int r = 0; r < s.rows; r++)
                for (int q = 0; q < s.columns; q += 8) {
                    if (outs == 4 && s.columns - q > 4) TILE(4, 2);
                    else if (outs == 4) TILE(4, 1);
                    else if (s.columns - q > 4) TILE(1, 2);
                    else TILE(1, 1);
                }
            o += outs;
        }
}
