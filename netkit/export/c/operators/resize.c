/* y[k] = the sum over n of x[n] * w[k][n]: `want` pieces of `size` numbers made of `have` of them,
 * in each of `lines` lines. Rows are pieces of one line; columns are pieces of every row. */
NET_CALL void net_resize(const float *x, float *y, const float *w, int lines, int have, int want,
                         int size)
{
    for (int r = 0; r < lines; r++, x += have * size)
        for (int k = 0; k < want; k++, y += size) {
            for (int c = 0; c < size; c++) y[c] = 0;
            for (int n = 0; n < have; n++) {
                const float share = w[k * have + n];
                if (share == 0) continue;
                for (int c = 0; c < size; c++) y[c] += share * x[n * size + c];
            }
        }
}
