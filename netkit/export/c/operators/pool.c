/* Windows of kh x kw pixels that step down and across; those that do not fit whole are left out. */
typedef struct {
    int width, maps; /* of x */
    int columns;     /* of y */
    int kh, kw, down, across;
} net_pool_sizes;
