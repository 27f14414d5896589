/* log(x) in place. */
NET_CALL void net_log(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = logf(x[k]);
}
