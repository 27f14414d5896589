/* exp(x) in place. */
NET_CALL void net_exp(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = expf(x[k]);
}
