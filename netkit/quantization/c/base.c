/* Maps lie (height, width, maps): the maps of a place side by side. A number q of eight bits stands
 * for scale * (q - zero); sums are of 32 bits, and no floating point takes part between the pixels
 * and the outputs. */
