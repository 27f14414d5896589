/* Pixels 0..255 as the numbers -128..127. */
static void net8_pixels(const uint8_t *pixels, int8_t *y, int count)
{
    for (int k = 0; k < count; k++) y[k] = (int8_t)(pixels[k] - 128);
}
