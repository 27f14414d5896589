/* The answer of a cell: the class that is believed most, by a sigmoid, and the distances from the
 * cell's centre to the four sides of its box, step * (exp(output) - 1/2). */
static int net_cell(const float *y, int row, int column, net_box *to)
{
    const float x = @START_ACROSS@ + @ACROSS@ * (float)column;
    const float down = @START_DOWN@ + @DOWN@ * (float)row;
    float side[4], z;
    int best = 0, k;
    for (k = 1; k < NET_CLASSES; k++)
        if (y[k] > y[best]) best = k;
    z = y[best] + @PRIOR@;
    to->label = best;
    to->score = z < 0 ? expf(z) / (1 + expf(z)) : 1 / (1 + expf(-z));
    if (to->score < net_least[best]) return 0;
    for (k = 0; k < 4; k++) {
        const float d = y[NET_CLASSES + k];
        side[k] = expf(d < @LARGEST@ ? d : @LARGEST@) - 0.5f;
    }
    to->x0 = x - @ACROSS@ * side[0];
    to->y0 = down - @DOWN@ * side[1];
    to->x1 = x + @ACROSS@ * side[2];
    to->y1 = down + @DOWN@ * side[3];
    return 1;
}
