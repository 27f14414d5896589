/* Part of an array: `rows` rows from x on, each row_step numbers behind the one before, and of each
 * so many columns and maps. */
NET_CALL void net_cut(const float *x, float *y, int rows, int row_step, int columns,
                      int column_step, int maps, int map_step)
{
    for (int r = 0; r < rows; r++)
        for (int q = 0; q < columns; q++)
            for (int c = 0; c < maps; c++)
                *y++ = x[r * row_step + q * column_step + c * map_step];
}
