// What kernel-bench needs from C: the limits of this machine, and other people's BLAS libraries.
#ifndef C_BENCH_H
#define C_BENCH_H

#include <stdbool.h>
#include <stddef.h>

// Runs `rounds` times 16 independent products of the widest vectors that `unit` has, all in registers, on each of
// `threads` threads; returns how many floating-point operations that was. Units: fused multiply-adds of 0 portable C,
// 1 AVX2, 2 AVX-512, 3 NEON; products of bf16 of 4 AVX512_BF16, 5 AMX (after the system's permission).
double peak_fma(int unit, int threads, long rounds);

// a[i] = b[i] + c[i] / 2 on `threads` threads: 12 bytes of traffic an element.
void peak_triad(int threads, ptrdiff_t count, float *a, const float *b, const float *c);

// A library with cblas_sgemm (or SciPy's scipy_cblas_sgemm), loaded while the program runs.
typedef struct peer_blas {
  void *library, *sgemm, *set_threads;
} peer_blas;

// NULL where it was loaded, else why it was not.
const char *peer_blas_load(const char *path, peer_blas *peer);
void peer_blas_set_threads(const peer_blas *peer, int threads);
// The processor that the library has chosen its code for, in its own words; NULL where it does not say.
const char *peer_blas_core(const peer_blas *peer);
// Row-major C = op(A) * op(B), without gaps between rows.
void peer_blas_sgemm(const peer_blas *peer, bool trans_a, bool trans_b, int m, int n, int k, const float *a,
                     const float *b, float *c);

#endif
