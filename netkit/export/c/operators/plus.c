/* y += x, n numbers; relu: what is then below 0 becomes 0. */
NET_CALL void net_plus(float *y, const float *x, int n, int relu)
{
    for (int k = 0; k < n; k++) {
        const float sum = y[k] + x[k];
        y[k] = relu && sum < 0 ? 0 : sum;
    }
}
