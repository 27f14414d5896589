/* The largest of each window. */
static void net8_maxpool(const int8_t *x, int8_t *y, int width, int maps, int high, int wide, int kh,
                         int kw, int down, int across)
{
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++, y += maps)
            for (int u = 0; u < kh; u++)
                for (int v = 0; v < kw; v++) {
                    const int8_t *at = x + ((i * down + u) * width + j * across + v) * maps;
                    for (int k = 0; k < maps; k++)
                        if (!(u + v) || at[k] > y[k]) y[k] = at[k];
                }
}
