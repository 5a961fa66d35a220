#include "CBench.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// From the OpenMP runtime, as CKernels finds it.
int omp_get_thread_num(void);
int omp_get_num_threads(void);

typedef float lanes4 __attribute__((ext_vector_type(4)));
typedef float lanes8 __attribute__((ext_vector_type(8)));
typedef float lanes16 __attribute__((ext_vector_type(16)));

// So many chains hide the latency of an addition that depends on the one before, and fit the registers beside two
// constants; the sum keeps them alive.
#define PEAK(NAME, CHAINS, LANES, TARGET, STEP)                                            \
  TARGET static double NAME(long rounds) {                                                 \
    lanes##LANES chain[CHAINS];                                                            \
    for (int i = 0; i < CHAINS; i++)                                                       \
      chain[i] = (lanes##LANES)(1.0f + (float)i);                                          \
    lanes##LANES factor = 0.999f, addend = 0.001f;                                         \
    __asm__ volatile("" : "+m"(factor), "+m"(addend));                                     \
    for (long r = 0; r < rounds; r++) {                                                    \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) chain[i] = STEP; \
    }                                                                                      \
    lanes##LANES total = chain[0];                                                         \
    for (int i = 1; i < CHAINS; i++)                                                       \
      total += chain[i];                                                                   \
    __asm__ volatile("" : "+m"(total));                                                    \
    return (double)rounds * CHAINS * LANES * 2;                                            \
  }

#define FUSED __builtin_elementwise_fma(chain[i], factor, addend)
PEAK(peak_portable, 12, 4, , chain[i] * factor + addend)
#if defined(__x86_64__)
PEAK(peak_avx2, 12, 8, __attribute__((target("avx2,fma"))), FUSED)
PEAK(peak_avx512, 16, 16, __attribute__((target("avx512f"))), FUSED)
#elif defined(__aarch64__)
PEAK(peak_neon, 16, 4, , FUSED)
#endif

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bf16"))) static double peak_avx512_bf16(long rounds) {
  __m512 chain[16] = {};
  __m512bh factors = (__m512bh)_mm512_set1_epi32(0x3e803f00);
  __asm__ volatile("" : "+m"(factors));
  for (long r = 0; r < rounds; r++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) chain[i] =
        _mm512_dpbf16_ps(chain[i], factors, factors);
  }
  for (int i = 0; i < 16; i++)
    __asm__ volatile("" : : "m"(chain[i]));
  return (double)rounds * 16 * 64;
}

// Sixteen products of 16 x 32 by 32 x 16 numbers, into four tile registers in turn.
__attribute__((target("amx-tile,amx-bf16"))) static double peak_amx(long rounds) {
  struct {
    unsigned char palette, start, reserved[14];
    unsigned short row_bytes[16];
    unsigned char rows[16];
  } shapes = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shapes.row_bytes[i] = 64;
    shapes.rows[i] = 16;
  }
  unsigned short numbers[16 * 32];
  for (int i = 0; i < 16 * 32; i++)
    numbers[i] = (unsigned short)(0x3f00 + 7 * i % 128); // 0.5 to 1: zeros would run faster
  _tile_loadconfig(&shapes);
  _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  _tile_loadd(4, numbers, 64), _tile_loadd(5, numbers, 64), _tile_loadd(6, numbers, 64), _tile_loadd(7, numbers, 64);
  for (long r = 0; r < rounds; r++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_release();
  return (double)rounds * 16 * 2 * 16 * 16 * 32;
}
#endif

static double peak_on_one(int unit, long rounds) {
  switch (unit) {
#if defined(__x86_64__)
  case 1:
    return peak_avx2(rounds);
  case 2:
    return peak_avx512(rounds);
  case 4:
    return peak_avx512_bf16(rounds);
  case 5:
    return peak_amx(rounds / 16);
#elif defined(__aarch64__)
  case 3:
    return peak_neon(rounds);
#endif
  default:
    return peak_portable(rounds);
  }
}

double peak_fma(int unit, int threads, long rounds) {
  double total = 0.0;
#pragma omp parallel num_threads(threads)
  {
    const double mine = peak_on_one(unit, rounds);
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
