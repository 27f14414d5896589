/* The sizes of a convolution. x has rows of `width` pixels, of which it takes `maps` of x_step
 * numbers; y has rows of `columns` pixels, of which it writes `out` of y_step numbers: with groups
 * there are more. The kernel has kh x kw numbers, apart_down and apart_across from each other, and
 * steps down and across; top and left are the zeros before the first row and column. relu: what is
 * below 0 becomes 0. */
typedef struct {
    int height, width, maps, x_step;
    int columns, out, y_step;
    int kh, kw, down, across, top, left, apart_down, apart_across;
    int relu;
} net_conv_sizes;

/* The part from..to-1 of a kernel that lies inside an axis of `size`, if it begins at `at`. */
NET_CALL void net_inside(int at, int kernel, int apart, int size, int *from, int *to)
{
    const int behind = size - at; /* the first number behind the axis, from the kernel's first */
    *from = at < 0 ? (-at + apart - 1) / apart : 0;
    *to = behind <= 0 ? 0 : (behind + apart - 1) / apart;
    if (*to > kernel) *to = kernel;
}
