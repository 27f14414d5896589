/* What numbers stand for. */
static void net8_floats(const int8_t *x, float *y, const float *scale, int count, int zero)
{
    for (int k = 0; k < count; k++) y[k] = (float)(x[k] - zero) * scale[0];
}
