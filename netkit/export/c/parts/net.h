/* @TITLE@
 *
 * pixels are @HEIGHT@ rows of @WIDTH@ pixels of @CHANNELS@ byte@S@ each, 0 to 255@COLOUR@. One call
 * at a time: all calls work in the same static memory of NET_MEMORY bytes. */
#ifndef NET_H
#define NET_H
#include <stdint.h>

#define NET_HEIGHT @HEIGHT@
#define NET_WIDTH @WIDTH@
#define NET_CHANNELS @CHANNELS@
#define NET_CLASSES @CLASSES@
#define NET_OUTPUTS @OUTPUTS@ /* @OUTPUTS_ARE@ */
#define NET_MEMORY @MEMORY@ /* bytes of RAM, beside a little stack */

#ifdef __cplusplus
extern "C" {
#endif

extern const char *const net_classes[NET_CLASSES];

/* The net's outputs for one image, NET_OUTPUTS numbers. */
void net_run(const uint8_t *pixels, float *outputs);
@MORE@
#ifdef __cplusplus
}
#endif
#endif
