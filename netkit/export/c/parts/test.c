#ifdef NET_TEST
/* cc -DNET_TEST: a program that runs the net over images made here, and compares its outputs with
 * those that netkit has for them. It ends with 0 if all are within NET_NEAR. */
#include <math.h>
#include <stdio.h>
#ifndef NET_NEAR
#define NET_NEAR 1e-4
#endif

static const float net_test_outputs[@IMAGES@][@COUNT@] = {
@ANSWERS@};

/* Image number `image`: squares of all sizes, brighter and darker. */
static void net_test_image(uint8_t *pixels, uint32_t image)
{
    int32_t at = 0, r, q, c;
    for (r = 0; r < NET_HEIGHT; r++)
        for (q = 0; q < NET_WIDTH; q++)
            for (c = 0; c < NET_CHANNELS; c++) {
                uint32_t sum = 0, k;
                for (k = 0; k < 4; k++) {
                    uint32_t n = ((uint32_t)r >> k) * 73856093u ^ ((uint32_t)q >> k) * 19349663u
                                 ^ ((uint32_t)c + 7u * k + 31u * image) * 83492791u;
                    n = (n ^ n >> 13) * 1274126177u;
                    sum += (n ^ n >> 16) & 255u;
                }
                pixels[at++] = (uint8_t)(sum / 4);
            }
}

int main(void)
{
    static uint8_t pixels[NET_HEIGHT * NET_WIDTH * NET_CHANNELS];
    static float outputs[NET_OUTPUTS];
    const int32_t step = @STEP@;
    double far = 0;
    uint32_t image;
    int32_t k;
    for (image = 0; image < @IMAGES@; image++) {
        net_test_image(pixels, image);
        net_run(pixels, outputs);
        for (k = 0; k < @COUNT@; k++) {
            const double d = fabs((double)outputs[k * step] - (double)net_test_outputs[image][k]);
            if (!(d <= far)) far = d;
        }
    }
    printf("%d images, %d outputs: the largest difference from netkit's is %.2g\n", @IMAGES@,
           @COUNT@, far);
    return far <= NET_NEAR ? 0 : 1;
}
#endif
