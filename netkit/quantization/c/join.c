/* One part of a value that is put together of several: `maps` of `all` maps, from `first` on; flat:
 * all its numbers in the order of maps, rows and columns, from `first` on. */
static void net8_join(const int8_t *x, int8_t *y, int places, int maps, int all, int first, int flat)
{
    for (int i = 0; i < places; i++)
        for (int k = 0; k < maps; k++)
            y[flat ? first + k * places + i : i * all + first + k] = x[i * maps + k];
}
