/* The logarithm of softmax, in place. */
NET_CALL void net_logsoftmax(float *x, int pixels, int maps)
{
    for (; pixels > 0; pixels--, x += maps) {
        float most = x[0], sum = 0;
        for (int c = 1; c < maps; c++) most = x[c] > most ? x[c] : most;
        for (int c = 0; c < maps; c++) sum += expf(x[c] -= most);
        sum = logf(sum);
        for (int c = 0; c < maps; c++) x[c] -= sum;
    }
}
