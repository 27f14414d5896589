/* Boxes of a class that overlap by more than `most` become their mean, weighted by their scores,
 * and the score of the best is lowered where few agree: times 1 - exp(-sum of their scores). */
static int net_vote(net_box *boxes, int n, float most)
{
    int kept = 0, i, j;
    for (i = 0; i < n; i++) {
        const net_box best = boxes[i];
        net_box sum = {0, 0, 0, 0, 0, 0};
        if (best.label < 0) continue;
        for (j = i; j < n; j++) {
            net_box *const b = boxes + j;
            const float weight = b->score > 1e-12f ? b->score : 1e-12f;
            if (b->label != best.label || (j > i && net_overlap(&best, b) <= most)) continue;
            sum.score += weight;
            sum.x0 += weight * b->x0;
            sum.y0 += weight * b->y0;
            sum.x1 += weight * b->x1;
            sum.y1 += weight * b->y1;
            b->label = -1; /* taken */
        }
        boxes[kept].label = best.label;
        boxes[kept].score = best.score * -expm1f(-sum.score);
        boxes[kept].x0 = sum.x0 / sum.score;
        boxes[kept].y0 = sum.y0 / sum.score;
        boxes[kept].x1 = sum.x1 / sum.score;
        boxes[kept].y1 = sum.y1 / sum.score;
        kept++;
    }
    net_sort(boxes, kept, 0);
    return kept;
}
