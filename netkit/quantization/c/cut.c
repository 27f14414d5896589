/* Every so many rows, columns and maps from a first one on. */
static void net8_cut(const int8_t *x, int8_t *y, int width, int maps, int high, int wide, int out,
                     int row, int rows, int column, int columns, int map, int by)
{
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++)
            for (int k = 0; k < out; k++)
                *y++ = x[((row + i * rows) * width + column + j * columns) * maps + map + k * by];
}
