/* tanh in place. */
NET_CALL void net_tanh(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = net_tanh_of(x[k]);
}
