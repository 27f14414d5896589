/* The larger of a and b: see net_spread. y may be a or b. */
NET_CALL void net_max(const float *a, const float *b, float *y, net_spread s)
{
    for (int r = 0; r < s.rows; r++)
        for (int c = 0; c < s.columns; c++)
            for (int m = 0; m < s.maps; m++, y++) {
                const float p = a[r * s.a_row + c * s.a_column + m * s.a_map];
                const float q = b[r * s.b_row + c * s.b_column + m * s.b_map];
                *y = p > q ? p : q;
            }
}
