#include "CBench.h"

// From the OpenMP runtime, as CKernels finds it.
int omp_get_thread_num(void);
int omp_get_num_threads(void);

typedef float lanes4 __attribute__((ext_vector_type(4)));
typedef float lanes8 __attribute__((ext_vector_type(8)));
typedef float lanes16 __attribute__((ext_vector_type(16)));

// Sixteen chains hide the latency of an addition that depends on the one before; the sum keeps them alive.
#define PEAK(NAME, LANES, TARGET, STEP)                                                \
  TARGET static double NAME(long rounds) {                                             \
    lanes##LANES chain[16];                                                            \
    for (int i = 0; i < 16; i++)                                                       \
      chain[i] = (lanes##LANES)(1.0f + (float)i);                                      \
    lanes##LANES factor = 0.999f, addend = 0.001f;                                     \
    __asm__ volatile("" : "+m"(factor), "+m"(addend));                                 \
    for (long r = 0; r < rounds; r++) {                                                \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) chain[i] = STEP; \
    }                                                                                  \
    lanes##LANES total = chain[0];                                                     \
    for (int i = 1; i < 16; i++)                                                       \
      total += chain[i];                                                               \
    __asm__ volatile("" : "+m"(total));                                                \
    return (double)rounds * 16 * LANES * 2;                                            \
  }

#define FUSED __builtin_elementwise_fma(chain[i], factor, addend)
PEAK(peak_portable, 4, , chain[i] * factor + addend)
#if defined(__x86_64__)
PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))), FUSED)
PEAK(peak_avx512, 16, __attribute__((target("avx512f"))), FUSED)
#elif defined(__aarch64__)
PEAK(peak_neon, 4, , FUSED)
#endif

static double peak_on_one(int isa, long rounds) {
#if defined(__x86_64__)
  if (isa == 2)
    return peak_avx512(rounds);
  if (isa == 1)
    return peak_avx2(rounds);
#elif defined(__aarch64__)
  if (isa == 3)
    return peak_neon(rounds);
#endif
  (void)isa;
  return peak_portable(rounds);
}

double peak_fma(int isa, int threads, long rounds) {
  double total = 0.0;
#pragma omp parallel num_threads(threads)
  {
    const double mine = peak_on_one(isa, rounds);
#pragma omp barrier
    if (omp_get_thread_num() == 0)
      total = mine * omp_get_num_threads();
  }
  return total;
}

void peak_triad(int threads, ptrdiff_t count, float *a, const float *b, const float *c) {
#pragma omp parallel num_threads(threads)
  {
    const ptrdiff_t parts = omp_get_num_threads(), part = omp_get_thread_num();
    for (ptrdiff_t i = count * part / parts; i < count * (part + 1) / parts; i++)
      a[i] = b[i] + 0.5f * c[i];
  }
}
