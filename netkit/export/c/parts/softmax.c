int net_answer(const uint8_t *pixels, float *scores)
{
    const float *const y = net_pass(pixels);
    float sum = 0;
    int best = 0, k;
    for (k = 1; k < NET_CLASSES; k++)
        if (y[k] > y[best]) best = k;
    for (k = 0; k < NET_CLASSES; k++) sum += scores[k] = expf(y[k] - y[best]);
    for (k = 0; k < NET_CLASSES; k++) scores[k] /= sum;
    return best;
}
