/* log(1 + exp(x)) in place, of exponentials that do not overflow. */
NET_CALL void net_softplus(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = (x[k] > 0 ? x[k] : 0) + log1pf(expf(-fabsf(x[k])));
}
