
/* The class of an image, a place in net_classes; scores gets how far each class is believed,
 * NET_CLASSES numbers in 0..1. */
int net_answer(const uint8_t *pixels, float *scores);
