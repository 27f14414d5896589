/* Bytes to what the net was trained on, (pixel + bias) * coeff: `rows` rows of n numbers, with zeros
 * around them where the first convolution wants some. */
NET_CALL void net_input(const uint8_t *pixels, float *y, int rows, int n, float bias, float coeff,
                        int top, int left, int bottom, int right)
{
    for (int r = -top; r < rows + bottom; r++, y += left + n + right) {
        const int inside = r >= 0 && r < rows;
        for (int k = 0; k < left; k++) y[k] = 0;
        if (inside)
            for (int k = 0; k < n; k++) y[left + k] = ((float)*pixels++ + bias) * coeff;
        else
            for (int k = 0; k < n; k++) y[left + k] = 0;
        for (int k = 0; k < right; k++) y[left + n + k] = 0;
    }
}
