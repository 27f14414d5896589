/* All numbers of an array as one long pixel, map by map. */
NET_CALL void net_flat(const float *x, float *y, int pixels, int maps)
{
    for (int c = 0; c < maps; c++)
        for (int p = 0; p < pixels; p++) *y++ = x[p * maps + c];
}
