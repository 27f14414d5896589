/* Soft suppression: of boxes ordered by their upper edges, the best takes from those it overlaps, then the next best. */

/* The first of n sorted numbers that is at least v. */
static int64_t SIMD(first)(const float *sorted, int64_t n, float v) {
    int64_t low = 0;
    while (n > 0) {
        int64_t half = n / 2;
        if (sorted[low + half] < v) low += half + 1, n -= half + 1;
        else n = half;
    }
    return low;
}

/* boxes: upper, left, lower and right edges and areas, n each. logs: the logarithms of the confidences; the best loses
 * nothing more and goes to `out`, each that it overlaps loses 2 IoU². Until none is at least `least`: the rest stay -inf
 * in `out`. tall: the largest height. most: room for a maximum of each 64. */
static void SIMD(soften)(const float *restrict boxes, float *restrict logs, float *restrict out, float *restrict most,
                         int64_t n, float least_log, float tall) {
    const float *top = boxes, *left = boxes + n, *bottom = boxes + 2 * n, *right = boxes + 3 * n, *area = boxes + 4 * n;
    const int64_t blocks = (n + 63) / 64;
    for (int64_t k = 0; k < n; k++) out[k] = -INFINITY;
    for (int64_t from = 0, to = blocks;;) { /* blocks from..to have changed */
        for (int64_t b = from; b < to; b++) {
            float m = -INFINITY;
            for (int64_t k = 64 * b; k < least(n, 64 * b + 64); k++) m = logs[k] > m ? logs[k] : m;
            most[b] = m;
        }
        int64_t best = 0;
        for (int64_t b = 1; b < blocks; b++) best = most[b] > most[best] ? b : best;
        if (!n || !(most[best] >= least_log)) return;
        int64_t i = 64 * best;
        while (logs[i] != most[best]) i++;
        out[i] = logs[i];
        logs[i] = -INFINITY;
        const int64_t low = SIMD(first)(top, n, top[i] - tall), high = SIMD(first)(top, n, bottom[i]);
        const float t = top[i], l = left[i], d = bottom[i], r = right[i], a = area[i];
        for (int64_t k = low; k < high; k++) {
            float height = (bottom[k] < d ? bottom[k] : d) - (top[k] > t ? top[k] : t);
            float width = (right[k] < r ? right[k] : r) - (left[k] > l ? left[k] : l);
            float inner = (height > 0 ? height : 0) * (width > 0 ? width : 0);
            float iou = inner / (area[k] + a - inner);
            logs[k] -= 2 * iou * iou;
        }
        from = (low < i ? low : i) / 64, to = (high > i ? high - 1 : i) / 64 + 1;
    }
}
