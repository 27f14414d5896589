/* Pooling, means, and numbers moved to other places. */

/* The largest, or the mean, of each window: s is maps, rows, columns of x, rows and columns of y,
 * the window's height and width, its strides down and across. */
static void pool(const float *x, float *y, const int32_t *s, int largest)
{
    const int maps = s[0], height = s[1], width = s[2], rows = s[3], columns = s[4];
    const float part = 1.0f / (float)(s[5] * s[6]);
    for (int c = 0; c < maps; c++, x += (long)height * width)
        for (int r = 0; r < rows; r++)
            for (int q = 0; q < columns; q++) {
                const float *at = x + (long)r * s[7] * width + q * s[8];
                float best = at[0], sum = 0;
                for (int i = 0; i < s[5]; i++)
                    for (int j = 0; j < s[6]; j++) {
                        const float number = at[(long)i * width + j];
                        if (!(number <= best)) best = number;
                        sum += number;
                    }
                *y++ = largest ? best : sum * part;
            }
}

/* The mean over some of the axes: s is the shape of x, then 1 for each axis that is averaged. */
static void mean(const float *x, float *y, const int32_t *s)
{
    const int out[3] = {s[3] ? 1 : s[0], s[4] ? 1 : s[1], s[5] ? 1 : s[2]};
    const int of[3] = {s[3] ? s[0] : 1, s[4] ? s[1] : 1, s[5] ? s[2] : 1};
    for (int c = 0; c < out[0]; c++)
        for (int r = 0; r < out[1]; r++)
            for (int q = 0; q < out[2]; q++) {
                double sum = 0;
                for (int i = 0; i < of[0]; i++)
                    for (int j = 0; j < of[1]; j++)
                        for (int k = 0; k < of[2]; k++)
                            sum += x[((long)(c + i) * s[1] + r + j) * s[2] + q + k];
                *y++ = (float)(sum / (double)(of[0] * of[1] * of[2]));
            }
}

/* s is a shape, where x begins and its steps over maps, rows and columns, then the same of y. */
static void copy(const float *x, float *y, const int32_t *s)
{
    x += s[3];
    y += s[7];
    for (int c = 0; c < s[0]; c++)
        for (int r = 0; r < s[1]; r++)
            for (int q = 0; q < s[2]; q++)
                y[(long)c * s[8] + (long)r * s[9] + (long)q * s[10]]
                    = x[(long)c * s[4] + (long)r * s[5] + (long)q * s[6]];
}

static int mirrored(int at, int size)
{
    if (size == 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    return at;
}

/* x with its mirror image around it: s is its shape, then rows and columns of y, and how many of
 * them stand above and left of x. */
static void reflect(const float *x, float *y, const int32_t *s)
{
    for (int c = 0; c < s[0]; c++)
        for (int r = 0; r < s[3]; r++)
            for (int q = 0; q < s[4]; q++)
                *y++ = x[((long)c * s[1] + mirrored(r - s[5], s[1])) * s[2]
                         + mirrored(q - s[6], s[2])];
}

/* y = x w for each map: s is the maps, rows of x, columns of x, columns of y, and the steps from
 * the matrix of one map to the next one's, of x and of w. */
static void matmul(const float *x, const float *w, float *y, const int32_t *s)
{
    for (int c = 0; c < s[0]; c++)
        for (int r = 0; r < s[1]; r++)
            for (int q = 0; q < s[3]; q++) {
                double sum = 0;
                for (int k = 0; k < s[2]; k++)
                    sum += (double)x[(long)c * s[4] + (long)r * s[2] + k]
                         * w[(long)c * s[5] + (long)k * s[3] + q];
                *y++ = (float)sum;
            }
}
