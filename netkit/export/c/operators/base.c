/* Maps are (rows, columns, maps) with the maps of a pixel side by side: the number of map c at row
 * r and column q of an array is x[(r * columns + q) * maps + c].
 *
 * With NET_SIMD the convolutions work in vectors of NET_LANES floats, written in gcc's and clang's
 * vector extensions: AVX-512, AVX, SSE, NEON, RISC-V's and WebAssembly's as the compiler was told.
 * Without it they are plain loops. What is summed is the same. */
#define NET_BLOCK 16 /* the outputs whose weights lie together */
#ifdef NET_SIMD
#ifndef NET_LANES
#if defined(__AVX512F__)
#define NET_LANES 16
#elif defined(__AVX__)
#define NET_LANES 8
#else
#define NET_LANES 4
#endif
#endif
typedef float net_lanes __attribute__((vector_size(4 * NET_LANES)));
typedef float net_loose __attribute__((vector_size(4 * NET_LANES), aligned(4), may_alias));
typedef int32_t net_bits __attribute__((vector_size(4 * NET_LANES)));
#define NET_VECTORS (NET_BLOCK / NET_LANES)
#define NET_SUMS 12 /* vectors that are summed at a time: a processor has 16 or 32 */
#define NET_SLACK NET_BLOCK /* a vector may read so far behind the weights */
#define NET_LOAD(p) ((net_lanes) * (const net_loose *)(p))
#define NET_CALL static inline __attribute__((always_inline)) /* its sizes are then constants */
#ifdef __clang__
#define NET_UNROLL _Pragma("clang loop unroll(full)")
#else
#define NET_UNROLL _Pragma("GCC unroll 16")
#endif
#else
#define NET_SLACK 0
#define NET_CALL static
#endif
