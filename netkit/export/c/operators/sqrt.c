/* The square root in place. */
NET_CALL void net_sqrt(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = sqrtf(x[k]);
}
