/* Of boxes that overlap by more than `most`, the less sure go. */
static int net_suppress(net_box *boxes, int n, float most, int same_class)
{
    int kept = 0, i, j;
    for (i = 0; i < n; i++) {
        for (j = 0; j < kept; j++) {
            const int meet = !same_class || boxes[j].label == boxes[i].label;
            if (meet && net_overlap(boxes + j, boxes + i) > most) break;
        }
        if (j == kept) boxes[kept++] = boxes[i];
    }
    return kept;
}
