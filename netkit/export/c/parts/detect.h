
/* A thing in an image: its class, a place in net_classes, how far that is believed, in 0..1, and
 * its box in pixels, x1 and y1 exclusive. */
typedef struct {
    int label;
    float score, x0, y0, x1, y1;
} net_box;

#define NET_CELLS @CELLS@ /* places that answer, each at most once */

/* What is found in an image, the surest first: at most `most` of it is written to boxes. Returns
 * how much that is. */
int net_detect(const uint8_t *pixels, net_box *boxes, int most);
