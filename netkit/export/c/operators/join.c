/* Copy pieces of `size` numbers that lie side by side to places `step` numbers apart. */
NET_CALL void net_join(const float *x, float *y, int pieces, int size, int step)
{
    for (int k = 0; k < pieces; k++)
        for (int n = 0; n < size; n++) y[k * step + n] = x[k * size + n];
}
