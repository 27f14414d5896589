/* 1 / (1 + exp(-x)) in place, by way of tanh, which does not overflow. */
NET_CALL void net_sigmoid(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = net_tanh_of(x[k] * 0.5f) * 0.5f + 0.5f;
}
