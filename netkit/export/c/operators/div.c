/* a / b: see net_spread. y may be a or b. Of a pixel's maps that share what they are divided by, it
 * multiplies with the inverse, which is quicker. */
NET_CALL void net_div(const float *a, const float *b, float *y, net_spread s)
{
    for (int r = 0; r < s.rows; r++)
        for (int c = 0; c < s.columns; c++, y += s.maps) {
            const float *p = a + r * s.a_row + c * s.a_column;
            const float *q = b + r * s.b_row + c * s.b_column;
            if (s.b_map == 0) {
                const float by = 1 / *q;
                for (int m = 0; m < s.maps; m++) y[m] = p[m * s.a_map] * by;
            } else
                for (int m = 0; m < s.maps; m++) y[m] = p[m * s.a_map] / q[m * s.b_map];
        }
}
