/* -1, 0 or 1 in place. */
NET_CALL void net_sign(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = (float)((x[k] > 0) - (x[k] < 0));
}
