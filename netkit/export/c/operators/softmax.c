/* exp(x) of each of a pixel's maps as a share of their sum, in place. */
NET_CALL void net_softmax(float *x, int pixels, int maps)
{
    for (; pixels > 0; pixels--, x += maps) {
        float most = x[0], sum = 0;
        for (int c = 1; c < maps; c++) most = x[c] > most ? x[c] : most;
        for (int c = 0; c < maps; c++) sum += x[c] = expf(x[c] - most);
        for (int c = 0; c < maps; c++) x[c] /= sum;
    }
}
