/* Contrast normalisation: v = u - G(sum of u over maps) and y = v / max(s, mean of s), where s is
 * the root of G'(sum of v^2 over maps) + epsilon and u = x - zero. y may be x itself.
 *
 * means: (height, width).  rows: (kh, width), the sums of the rows that a window sees, the row r at
 * r % kh. What is only needed by rows is made once for the mean of s and once more for y, so that
 * no map of s is kept. */

/* The sum of u over the maps of each place of a row. */
static void net8_row_sums(const int8_t *x, int32_t *row, int width, int maps, int zero)
{
    for (int j = 0; j < width; j++) {
        int32_t sum = 0;
        for (int k = 0; k < maps; k++) sum += x[j * maps + k] - zero;
        row[j] = sum;
    }
}

/* v of one number: u with `bits` more bits, less the mean. */
static int32_t net8_less(int x, int zero, int bits, int32_t mean)
{
    const int32_t v = (x - zero) * (1 << bits) - mean;
    return v < -32767 ? -32767 : v > 32767 ? 32767 : v;
}

/* The sum of v^2 over the maps of each place of a row. */
static void net8_row_powers(const int8_t *x, const int16_t *means, int32_t *row, int width, int maps,
                            int zero, int bits)
{
    for (int j = 0; j < width; j++) {
        int64_t sum = 0;
        for (int k = 0; k < maps; k++) {
            const int32_t v = net8_less(x[j * maps + k], zero, bits, means[j]);
            sum += v * v;
        }
        row[j] = (int32_t)(sum > INT32_MAX ? INT32_MAX : sum);
    }
}

/* The sum of a window over the rows around (i, j), divided by 2^shift; outside are zeros. */
static int64_t net8_around(const int32_t *rows, const int32_t *window, int i, int j, int height,
                           int width, int kh, int kw, int shift)
{
    const int before = kw / 2 - j, behind = width - j + kw / 2;
    const int from = before > 0 ? before : 0, to = behind < kw ? behind : kw;
    int64_t sum = 0;
    for (int u = 0; u < kh; u++) {
        const int row = i + u - kh / 2;
        if (row < 0 || row >= height) continue;
        const int32_t *at = rows + row % kh * width + j - kw / 2, *by = window + u * kw;
        for (int v = from; v < to; v++) sum += (int64_t)by[v] * at[v];
    }
    return (sum + ((int64_t)1 << (shift - 1))) >> shift;
}

/* The whole part of the square root of what is below 2^32; at most 65535. */
static uint32_t net8_root(uint32_t square)
{
    uint32_t root = 0;
    for (uint32_t bit = 1u << 15; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= square) root |= bit;
    return root;
}

static void net8_contrast(const int8_t *x, int8_t *y, const int32_t *mean, const int32_t *deviation,
                          int16_t *means, int32_t *rows, int height, int width, int maps, int kh,
                          int kw, int dh, int dw, int zero, int bits, int window_bits, int epsilon,
                          int threshold, int floor, int gain, int gain_shift, int to, int low,
                          int high)
{
    const int64_t row = (int64_t)width * maps;
    int made = 0; /* how many rows of sums have been made */
    for (int i = 0; i < height; i++) {
        for (; made < height && made <= i + (kh - 1) / 2; made++)
            net8_row_sums(x + made * row, rows + made % kh * width, width, maps, zero);
        for (int j = 0; j < width; j++) {
            const int64_t m =
                net8_around(rows, mean, i, j, height, width, kh, kw, window_bits - bits);
            means[i * width + j] = (int16_t)(m < -32767 ? -32767 : m > 32767 ? 32767 : m);
        }
    }
    uint64_t total = 0;
    uint32_t least = 0;
    for (int turn = threshold ? 0 : 1; turn < 2; turn++) {
        const uint32_t places = (uint32_t)height * (uint32_t)width;
        if (turn && threshold) least = (uint32_t)((total + places / 2) / places);
        if (least < (uint32_t)(floor > 1 ? floor : 1)) least = (uint32_t)(floor > 1 ? floor : 1);
        made = 0;
        for (int i = 0; i < height; i++) {
            for (; made < height && made <= i + (dh - 1) / 2; made++)
                net8_row_powers(x + made * row, means + made * width, rows + made % dh * width,
                                width, maps, zero, bits);
            for (int j = 0; j < width; j++) {
                int64_t power =
                    net8_around(rows, deviation, i, j, height, width, dh, dw, window_bits);
                power = power < 0 ? 0 : power > INT32_MAX ? INT32_MAX : power;
                const uint32_t s = net8_root((uint32_t)power + (uint32_t)epsilon);
                if (!turn) {
                    total += s;
                    continue;
                }
                const uint64_t by = (uint64_t)(s > least ? s : least) << gain_shift;
                const int8_t *from = x + i * row + (int64_t)j * maps;
                int8_t *into = y + i * row + (int64_t)j * maps;
                for (int k = 0; k < maps; k++) {
                    const int32_t v = net8_less(from[k], zero, bits, means[i * width + j]) * gain;
                    const uint64_t size = (uint64_t)(v < 0 ? -(int64_t)v : v);
                    const int64_t q = (int64_t)((2 * size + by) / (2 * by));
                    const int64_t z = (v < 0 ? -q : q) + to;
                    into[k] = (int8_t)(z < low ? low : z > high ? high : z);
                }
            }
        }
    }
}
