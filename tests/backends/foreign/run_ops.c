/* Runs ops of the kernels that another machine wrote, and writes what came of them.
 *
 *     run_ops GIVEN MADE
 *
 * Both are files of 64-bit numbers and blocks of memory. GIVEN: how many blocks and how many
 * pointers there are, ops in all and the first one to go back to; the bytes of each block; of each
 * pointer the block it lies in, its place there, the block it points to and the place there; then
 * the blocks, the first one the ops. MADE: the blocks after a pass forward and one backward. */
#include "native.c"
#include <stdio.h>

static void stop(const char *why) {
    fprintf(stderr, "run_ops: %s\n", why);
    exit(1);
}

static void read_all(void *to, size_t bytes, FILE *file) {
    if (fread(to, 1, bytes, file) != bytes) stop("the file is too short");
}

int main(int count, char **words) {
    int64_t head[4];
    FILE *file = count == 3 ? fopen(words[1], "rb") : NULL;
    if (!file) stop("give a file to read and one to write");
    read_all(head, sizeof head, file);
    int64_t *sizes = malloc(head[0] * sizeof *sizes), (*pointers)[4] = malloc(head[1] * 32);
    char **blocks = malloc(head[0] * sizeof *blocks);
    if (!sizes || !pointers || !blocks) stop("no memory");
    read_all(sizes, head[0] * sizeof *sizes, file);
    read_all(pointers, head[1] * 32, file);
    for (int64_t k = 0; k < head[0]; k++) {
        blocks[k] = aligned_alloc(64, (sizes[k] + 63) / 64 * 64 + 64);
        if (!blocks[k]) stop("no memory");
        read_all(blocks[k], sizes[k], file);
    }
    fclose(file);
    for (int64_t k = 0; k < head[1]; k++) {
        const int64_t *p = pointers[k];
        char *to = blocks[p[2]] + p[3];
        memcpy(blocks[p[0]] + p[1], &to, sizeof to);
    }
    op *ops = (op *)blocks[0];
    netkit_run(ops, head[2], 0, 0);
    netkit_run(ops + head[3], head[2] - head[3], 1, 0);
    file = fopen(words[2], "wb");
    if (!file) stop("cannot write");
    for (int64_t k = 0; k < head[0]; k++)
        if (fwrite(blocks[k], 1, sizes[k], file) != (size_t)sizes[k]) stop("cannot write");
    return fclose(file);
}
