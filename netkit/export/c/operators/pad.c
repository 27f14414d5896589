/* Zeros around each map, or with `mirror` its mirror image, the outermost pixel being the mirror. A
 * negative number of pixels cuts. */
NET_CALL void net_pad(const float *x, float *y, int height, int width, int maps, int top, int left,
                      int bottom, int right, int mirror)
{
    for (int r = -top; r < height + bottom; r++)
        for (int q = -left; q < width + right; q++, y += maps) {
            int i = r, j = q;
            if (mirror) {
                i = i < 0 ? -i : i < height ? i : 2 * (height - 1) - i;
                j = j < 0 ? -j : j < width ? j : 2 * (width - 1) - j;
            }
            if (i < 0 || i >= height || j < 0 || j >= width)
                for (int c = 0; c < maps; c++) y[c] = 0;
            else
                for (int c = 0; c < maps; c++) y[c] = x[(i * width + j) * maps + c];
        }
}
