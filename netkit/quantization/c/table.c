/* Each number looked up in a table of 256; `maps` tables if there is one a map, else 1. */
static void net8_table(const int8_t *x, int8_t *y, const int8_t *table, int count, int maps)
{
    for (int k = 0; k < count; k++) y[k] = table[k % maps * 256 + x[k] + 128];
}
