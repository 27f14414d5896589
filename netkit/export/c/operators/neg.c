/* -x in place. */
NET_CALL void net_neg(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = -x[k];
}
