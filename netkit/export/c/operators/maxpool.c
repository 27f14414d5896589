/* The largest number of each window, for rows first..last-1 of y; the first one is written at y. */
NET_CALL void net_maxpool(const float *x, float *y, int first, int last, net_pool_sizes s)
{
    for (int r = first; r < last; r++)
        for (int q = 0; q < s.columns; q++, y += s.maps) {
            const float *at = x + (r * s.down * s.width + q * s.across) * s.maps;
            for (int c = 0; c < s.maps; c++) y[c] = at[c];
            for (int i = 0; i < s.kh; i++)
                for (int j = 0; j < s.kw; j++) {
                    const float *from = at + (i * s.width + j) * s.maps;
                    for (int c = 0; c < s.maps; c++) y[c] = from[c] > y[c] ? from[c] : y[c];
                }
        }
}
