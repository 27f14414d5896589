/* What is below 0 becomes 0, in place. */
NET_CALL void net_relu(float *x, int n)
{
    for (int k = 0; k < n; k++) x[k] = x[k] < 0 ? 0 : x[k];
}
