/* Convolution: y[r][q][o] = b[o] + the sum over i, j and c of
 *     x[r * down + i * apart_down - top][q * across + j * apart_across - left][c] * w[i][j][c][o],
 * where x is 0 outside of its rows and columns. The weights of NET_BLOCK outputs lie together: first
 * w[i][j][c][0..15] for every i, j and c, then those of outputs 16..31, and so on; the last block
 * is as wide as what is left. It makes the rows first..last-1, and writes the first of them at y. */
#ifdef NET_SIMD
/* `side` neighbouring pixels from column q of row r on, `vectors` vectors of outputs of each, n
 * outputs in all. Their sums stay in registers: a step multiplies one number of every pixel with
 * the weights of all outputs. Few pixels have `split` sums each, of every split-th map: a sum must
 * wait for the one before it, and others are made in the meantime. The kernel's columns are
 * j0..j1-1: the others are outside of x. */
NET_CALL void net_tile(int side, int vectors, int split, const float *x, float *y, const float *w,
                       const float *b, int n, int r, int q, int j0, int j1, net_conv_sizes s)
{
    const net_lanes zero = {0};
    const int row = r * s.down - s.top, column = q * s.across - s.left;
    const int next = s.across * s.x_step; /* from a pixel of x to the next one's */
    net_lanes sum[16][NET_VECTORS], weight[NET_VECTORS];
    int i0, i1, i, j, c, k, p, v;
    NET_UNROLL for (p = 0; p < side * split; p++)
        NET_UNROLL for (v = 0; v < vectors; v++)
            sum[p][v] = zero;
    net_inside(row, s.kh, s.apart_down, s.height, &i0, &i1);
    for (i = i0; i < i1; i++)
        for (j = j0; j < j1; j++) {
            const float *at = x + ((row + i * s.apart_down) * s.width
                                   + column + j * s.apart_across) * s.x_step;
            const float *by = w + (i * s.kw + j) * s.maps * n;
            for (c = 0; c + split <= s.maps; c += split, at += split, by += split * n)
                NET_UNROLL for (k = 0; k < split; k++) {
                    NET_UNROLL for (v = 0; v < vectors; v++)
                        weight[v] = NET_LOAD(by + k * n + v * NET_LANES);
                    NET_UNROLL for (p = 0; p < side; p++)
                        NET_UNROLL for (v = 0; v < vectors; v++)
                            sum[p * split + k][v] += weight[v] * at[p * next + k];
                }
            for (; c < s.maps; c++, at++, by += n)
                NET_UNROLL for (v = 0; v < vectors; v++)
                    NET_UNROLL for (p = 0; p < side; p++)
                        sum[p * split][v] += NET_LOAD(by + v * NET_LANES) * at[p * next];
        }
    NET_UNROLL for (p = 0; p < side; p++)
        NET_UNROLL for (v = 0; v < vectors; v++) {
            float *to = y + (q + p) * s.y_step + v * NET_LANES;
            net_lanes total = NET_LOAD(b + v * NET_LANES) + sum[p * split][v];
            NET_UNROLL for (k = 1; k < split; k++) total += sum[p * split + k][v];
            if (s.relu) total = (net_lanes)((net_bits)total & (total > zero));
            if ((v + 1) * NET_LANES <= n) *(net_loose *)to = total;
            else __builtin_memcpy(to, &total, 4 * (n - v * NET_LANES));
        }
}

/* A row of y from column q to `end`, in tiles of as equal a width as there can be; the compiler
 * makes one of each width that occurs. */
NET_CALL void net_tiles(int vectors, const float *x, float *y, const float *w, const float *b,
                        int n, int r, int q, int end, int j0, int j1, net_conv_sizes s)
{
    const int most = NET_SUMS / vectors < 8 ? NET_SUMS / vectors : 8;
    const int count = end > q ? (end - q + most - 1) / most : 1;
    const int side = (end - q + count - 1) / count;
    while (q < end) {
        const int now = end - q < side ? end - q : side;
#define NET_TILE(p) net_tile(p, vectors, \
    p * vectors > 4 ? 1 : p * vectors > 2 ? 2 : 4, x, y, w, b, n, r, q, j0, j1, s)
        switch (now) {
        case 1: NET_TILE(1); break;
        case 2: NET_TILE(2); break;
        case 3: NET_TILE(3); break;
        case 4: if (most > 3) NET_TILE(4); break;
        case 5: if (most > 4) NET_TILE(5); break;
        case 6: if (most > 5) NET_TILE(6); break;
        case 7: if (most > 6) NET_TILE(7); break;
        default: if (most > 7) NET_TILE(8); break;
        }
        q += now;
    }
}

/* One block of outputs, n of them: rows of pixels that see the whole width of the kernel, and a
 * pixel at a time where it hangs over the left or right side of x. */
NET_CALL void net_block(int vectors, const float *x, float *y, const float *w, const float *b,
                        int n, int first, int last, net_conv_sizes s)
{
    const int span = (s.kw - 1) * s.apart_across, far = s.width - 1 + s.left - span;
    const int begin = (s.left + s.across - 1) / s.across;
    const int end = far < 0 ? 0 : far / s.across + 1;
    const int from = begin < s.columns ? begin : s.columns;
    const int to = end < from ? from : end < s.columns ? end : s.columns;
    int r, q, j0, j1;
    for (r = first; r < last; r++, y += s.columns * s.y_step) {
        for (q = 0; q < from; q++) {
            net_inside(q * s.across - s.left, s.kw, s.apart_across, s.width, &j0, &j1);
            net_tiles(vectors, x, y, w, b, n, r, q, q + 1, j0, j1, s);
        }
        net_tiles(vectors, x, y, w, b, n, r, from, to, 0, s.kw, s);
        for (q = to; q < s.columns; q++) {
            net_inside(q * s.across - s.left, s.kw, s.apart_across, s.width, &j0, &j1);
            net_tiles(vectors, x, y, w, b, n, r, q, q + 1, j0, j1, s);
        }
    }
}

NET_CALL void net_conv(const float *x, float *y, const float *w, const float *b,
                       int first, int last, net_conv_sizes s)
{
    const int whole = s.out / NET_BLOCK * NET_BLOCK, left = s.out - whole;
    int o;
    for (o = 0; o < whole; o += NET_BLOCK)
        net_block(NET_VECTORS, x, y + o, w + o * s.kh * s.kw * s.maps, b + o, NET_BLOCK,
                  first, last, s);
#define NET_REST(v) net_block(v, x, y + o, w + o * s.kh * s.kw * s.maps, b + o, left, first, last, s)
    switch ((left + NET_LANES - 1) / NET_LANES) {
    case 0: break;
    case 1: NET_REST(1); break;
    case 2: if (NET_VECTORS > 1) NET_REST(2); break;
    case 3: if (NET_VECTORS > 2) NET_REST(3); break;
    default: if (NET_VECTORS > 3) NET_REST(4); break;
    }
}
#else
/* One pixel's outputs, n of them, by weights that are n apart: four sums at a time stay in
 * registers, and every number of x is read once for the four. */
NET_CALL void net_pixel(const float *x, float *y, const float *w, const float *b, int n, int row,
                        int column, const net_conv_sizes *s)
{
    int i0, i1, j0, j1, i, j, c, o;
    net_inside(row, s->kh, s->apart_down, s->height, &i0, &i1);
    net_inside(column, s->kw, s->apart_across, s->width, &j0, &j1);
    for (o = 0; o < n; o += n - o < 4 ? 1 : 4) {
        const int four = n - o >= 4;
        float s0 = b[o], s1 = four ? b[o + 1] : 0, s2 = four ? b[o + 2] : 0;
        float s3 = four ? b[o + 3] : 0;
        for (i = i0; i < i1; i++)
            for (j = j0; j < j1; j++) {
                const float *at = x + ((row + i * s->apart_down) * s->width
                                       + column + j * s->apart_across) * s->x_step;
                const float *by = w + (i * s->kw + j) * s->maps * n + o;
                if (four)
                    for (c = 0; c < s->maps; c++, by += n) {
                        const float one = at[c];
                        s0 += one * by[0];
                        s1 += one * by[1];
                        s2 += one * by[2];
                        s3 += one * by[3];
                    }
                else
                    for (c = 0; c < s->maps; c++, by += n) s0 += at[c] * by[0];
            }
        y[o] = s->relu && s0 < 0 ? 0 : s0;
        if (!four) continue;
        y[o + 1] = s->relu && s1 < 0 ? 0 : s1;
        y[o + 2] = s->relu && s2 < 0 ? 0 : s2;
        y[o + 3] = s->relu && s3 < 0 ? 0 : s3;
    }
}

NET_CALL void net_conv(const float *x, float *y, const float *w, const float *b,
                       int first, int last, net_conv_sizes s)
{
    const int whole = s.out / NET_BLOCK * NET_BLOCK, taps = s.kh * s.kw * s.maps;
    int r, q, o;
    for (r = first; r < last; r++)
        for (q = 0; q < s.columns; q++, y += s.y_step) {
            const int row = r * s.down - s.top, column = q * s.across - s.left;
            for (o = 0; o < whole; o += NET_BLOCK)
                net_pixel(x, y + o, w + o * taps, b + o, NET_BLOCK, row, column, &s);
            if (o < s.out)
                net_pixel(x, y + o, w + o * taps, b + o, s.out - whole, row, column, &s);
        }
}
#endif
