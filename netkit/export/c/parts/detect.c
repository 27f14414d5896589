/* The least score of each class for a box to count, and for one to be reported in the end. A class
 * that is never reported has more than 1. */
static const float net_least[NET_CLASSES] = {@LEAST@}, net_after[NET_CLASSES] = {@AFTER@};
static net_box net_found[NET_CELLS];

static float net_area(const net_box *b)
{
    return (b->x1 - b->x0) * (b->y1 - b->y0);
}

/* The area that two boxes share, as a share of what both cover. */
static float net_overlap(const net_box *a, const net_box *b)
{
    const float x0 = a->x0 > b->x0 ? a->x0 : b->x0, x1 = a->x1 < b->x1 ? a->x1 : b->x1;
    const float y0 = a->y0 > b->y0 ? a->y0 : b->y0, y1 = a->y1 < b->y1 ? a->y1 : b->y1;
    const float both = x1 > x0 && y1 > y0 ? (x1 - x0) * (y1 - y0) : 0;
    const float all = net_area(a) + net_area(b) - both;
    return both / (all > 1e-12f ? all : 1e-12f);
}

/* The surest first; of equally sure ones the largest, if areas count. */
static void net_sort(net_box *boxes, int n, int areas)
{
    int i, j;
    for (i = 1; i < n; i++) {
        const net_box one = boxes[i];
        for (j = i; j > 0; j--) {
            const net_box *const b = boxes + j - 1;
            if (b->score > one.score) break;
            if (b->score == one.score && (!areas || net_area(b) >= net_area(&one))) break;
            boxes[j] = *b;
        }
        boxes[j] = one;
    }
}

static float net_clip(float x, float most)
{
    return x < 0 ? 0 : x > most ? most : x;
}

@CELL@
@SUPPRESSION@
int net_detect(const uint8_t *pixels, net_box *boxes, int most)
{
    const float *y = net_pass(pixels);
    int n = 0, count = 0, row, column, k;
    for (row = 0; row < @ROWS@; row++)
        for (column = 0; column < @COLUMNS@; column++, y += @EACH@) {
            net_box *const b = net_found + n;
            if (!net_cell(y, row, column, b)) continue;
            b->x0 = net_clip(b->x0, NET_WIDTH);
            b->x1 = net_clip(b->x1, NET_WIDTH);
            b->y0 = net_clip(b->y0, NET_HEIGHT);
            b->y1 = net_clip(b->y1, NET_HEIGHT);
            if (b->x0 < b->x1 && b->y0 < b->y1) n++;
        }
    net_sort(net_found, n, 1);
@CHOOSE@
    for (k = 0; k < n && count < most; k++)
        if (net_found[k].score >= net_after[net_found[k].label]) boxes[count++] = net_found[k];
    return count;
}
