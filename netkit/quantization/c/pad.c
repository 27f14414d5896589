/* Zeros around maps, or their mirror image. */
static void net8_pad(const int8_t *x, int8_t *y, int height, int width, int maps, int high, int wide,
                     int top, int left, int zero, int mirror)
{
    for (int i = 0; i < high; i++)
        for (int j = 0; j < wide; j++, y += maps) {
            int row = i - top, column = j - left;
            if (mirror) {
                row = row < 0 ? -row : row >= height ? 2 * height - 2 - row : row;
                column = column < 0 ? -column : column >= width ? 2 * width - 2 - column : column;
            }
            const int inside = row >= 0 && row < height && column >= 0 && column < width;
            for (int k = 0; k < maps; k++)
                y[k] = (int8_t)(inside ? x[(row * width + column) * maps + k] : zero);
        }
}
