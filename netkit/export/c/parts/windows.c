/* The answer of a cell, by softmax; its box is the window that the net was trained on. */
static int net_cell(const float *y, int row, int column, net_box *to)
{
    static const float high[NET_CLASSES] = {@HIGH@}, wide[NET_CLASSES] = {@WIDE@};
    float sum = 0, x = @ACROSS@ * (float)column, down = @DOWN@ * (float)row;
    int best = 0, k;
    for (k = 1; k < NET_CLASSES; k++)
        if (y[k] > y[best]) best = k;
    for (k = 0; k < NET_CLASSES; k++) sum += expf(y[k] - y[best]);
    to->label = best;
    to->score = 1 / sum;
    x += @WINDOW_WIDTH@ / 2.0f;
    down += @WINDOW_HEIGHT@ / 2.0f;
    to->x0 = x - wide[best] / 2;
    to->x1 = x + wide[best] / 2;
    to->y0 = down - high[best] / 2;
    to->y1 = down + high[best] / 2;
    return to->score >= net_least[best];
}
