/* The mean over rows, columns or maps, or several of these: 1 where it is taken over them. y has
 * one of each such axis. Sums of a row's part are added to sums of parts, which keeps digits. */
NET_CALL void net_mean(const float *x, float *y, int rows, int columns, int maps, int over_rows,
                       int over_columns, int over_maps)
{
    const int wide = over_columns ? 1 : columns, deep = over_maps ? 1 : maps;
    const int n = (over_rows ? 1 : rows) * wide * deep;
    const float share = (float)n / ((float)rows * (float)columns * (float)maps);
    for (int k = 0; k < n; k++) y[k] = 0;
    if (over_rows && over_columns && over_maps) { /* eight sums: one would wait for itself */
        const int all = rows * columns * maps, even = all / 8 * 8;
        float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        for (int k = 0; k < even; k += 8)
            for (int j = 0; j < 8; j++) sum[j] += x[k + j];
        for (int k = even; k < all; k++) sum[0] += x[k];
        for (int j = 0; j < 8; j++) y[0] += sum[j];
        y[0] *= share;
        return;
    }
    for (int r = 0; r < rows; r++)
        for (int q = 0; q < columns; q++) {
            float *to = y + ((over_rows ? 0 : r) * wide + (over_columns ? 0 : q)) * deep;
            if (over_maps) {
                float sum = 0;
                for (int c = 0; c < maps; c++) sum += *x++;
                *to += sum;
            } else
                for (int c = 0; c < maps; c++) to[c] += *x++;
        }
    for (int k = 0; k < n; k++) y[k] *= share;
}
