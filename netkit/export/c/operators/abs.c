/* |x| in place. */
NET_CALL void net_abs(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = fabsf(x[k]);
}
