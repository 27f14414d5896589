/* One output tells two classes apart. */
int net_answer(const uint8_t *pixels, float *scores)
{
    const float y = net_pass(pixels)[0];
    scores[0] = ((y < -1 ? -1 : y > 1 ? 1 : y) + 1) / 2;
    scores[1] = 1 - scores[0];
    return y < 0;
}
