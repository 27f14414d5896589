/* The operators of eight bits for backend=native: over several images in one call. */
#include <string.h>

#include "operators.c"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* Every operator is compiled for three kinds of processors, and the best one that this machine can
 * run is taken: the numbers are whole, and the same in each. */
#define FORM(name) name##_plain
#define TARGET
#define FLAT
#include "forms.c"
#if defined(__x86_64__) && defined(__GNUC__)
#undef FLAT
#define FLAT __attribute__((flatten))
#define FORM(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#include "forms.c"
#define FORM(name) name##_avx512
#define TARGET __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl")))
#include "forms.c"
#define BEST(name) (level() == 2 ? name##_avx512 : level() ? name##_avx2 : name##_plain)

/* 2: AVX-512, 1: AVX2, 0: neither. */
static int level(void)
{
    static int found = -1;
    if (found < 0) {
        const int wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
                      && __builtin_cpu_supports("avx512vl");
        found = __builtin_cpu_supports("avx2") ? 1 + wide : 0;
    }
    return found;
}
#else
#define BEST(name) name##_plain
#endif

#define FUNCTION(name) \
    EXPORT void netkit8_##name(int64_t n, int64_t xs, int64_t zs, int64_t ys, void **p, const int *s)
#define CHOOSE(name)                          \
    FUNCTION(name)                            \
    {                                         \
        BEST(name)(n, xs, zs, ys, p, s);      \
    }
CHOOSE(conv)
CHOOSE(scores)
CHOOSE(table)
CHOOSE(add)
CHOOSE(multiply)
CHOOSE(maxpool)
CHOOSE(meanpool)
CHOOSE(join)
CHOOSE(pad)
CHOOSE(cut)
CHOOSE(contrast)

#include "tiles.c"
