/* Convolution of each map by itself: y[r][q][c] = b[c] + the sum over i and j of
 *     x[r * down + i * apart_down - top][q * across + j * apart_across - left][c] * w[i][j][c],
 * with x 0 outside. Several maps of a pixel lie side by side, and are summed together; of a single
 * map neighbouring pixels do, and each of the kernel's numbers is added to the whole row. It makes
 * rows first..last-1 and writes the first of them at y. */
#ifdef NET_SIMD
/* n maps of one pixel, from map c on. What a vector reads behind them is not written. */
NET_CALL void net_beside(const float *x, float *y, const float *w, const float *b, int c, int n,
                         int row, int column, int i0, int i1, int j0, int j1, net_conv_sizes s)
{
    const net_lanes zero = {0};
    net_lanes sum = NET_LOAD(b + c);
    int i, j;
    for (i = i0; i < i1; i++)
        for (j = j0; j < j1; j++)
            sum += NET_LOAD(w + (i * s.kw + j) * s.maps + c)
                   * NET_LOAD(x + ((row + i * s.apart_down) * s.width + column
                                   + j * s.apart_across) * s.maps + c);
    if (s.relu) sum = (net_lanes)((net_bits)sum & (sum > zero));
    if (n == NET_LANES) *(net_loose *)(y + c) = sum;
    else __builtin_memcpy(y + c, &sum, 4 * n);
}
#endif

NET_CALL void net_depthwise(const float *x, float *y, const float *w, const float *b, int first,
                            int last, net_conv_sizes s)
{
    const int maps = s.maps;
    int r, q, c, i, j, i0, i1, j0, j1;
    for (r = first; r < last; r++) {
        const int row = r * s.down - s.top;
        net_inside(row, s.kh, s.apart_down, s.height, &i0, &i1);
        if (maps == 1) {
            for (q = 0; q < s.columns; q++) y[q] = b[0];
            for (i = i0; i < i1; i++)
                for (j = 0; j < s.kw; j++) {
                    const float one = w[i * s.kw + j];
                    const int shift = j * s.apart_across - s.left;
                    const float *from = x + (row + i * s.apart_down) * s.width + shift;
                    int begin = shift < 0 ? (-shift + s.across - 1) / s.across : 0;
                    int end = s.width - 1 - shift < 0 ? 0 : (s.width - 1 - shift) / s.across + 1;
                    if (end > s.columns) end = s.columns;
                    for (q = begin; q < end; q++) y[q] += one * from[q * s.across];
                }
            if (s.relu)
                for (q = 0; q < s.columns; q++) y[q] = y[q] < 0 ? 0 : y[q];
            y += s.columns;
            continue;
        }
        for (q = 0; q < s.columns; q++, y += maps) {
            const int column = q * s.across - s.left;
            net_inside(column, s.kw, s.apart_across, s.width, &j0, &j1);
            c = 0;
#ifdef NET_SIMD
            for (; c + NET_LANES <= maps; c += NET_LANES)
                net_beside(x, y, w, b, c, NET_LANES, row, column, i0, i1, j0, j1, s);
            if (c < maps) {
                net_beside(x, y, w, b, c, maps % NET_LANES, row, column, i0, i1, j0, j1, s);
                continue;
            }
#endif
            for (; c < maps; c++) {
                float sum = b[c];
                for (i = i0; i < i1; i++)
                    for (j = j0; j < j1; j++)
                        sum += x[((row + i * s.apart_down) * s.width + column
                                  + j * s.apart_across) * maps + c] * w[(i * s.kw + j) * maps + c];
                y[c] = s.relu && sum < 0 ? 0 : sum;
            }
        }
    }
}
