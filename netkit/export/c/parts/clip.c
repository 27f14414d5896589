int net_answer(const uint8_t *pixels, float *scores)
{
    const float *const y = net_pass(pixels);
    int best = 0, k;
    for (k = 0; k < NET_CLASSES; k++) {
        scores[k] = ((y[k] < -1 ? -1 : y[k] > 1 ? 1 : y[k]) + 1) / 2;
        if (y[k] > y[best]) best = k;
    }
    return best;
}
