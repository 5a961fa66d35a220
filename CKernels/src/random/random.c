// Random numbers: the stream is cut at multiples of CK_RANDOM_BLOCK numbers, which any thread can draw alone.
#include "ck_random.h"
#include "cpu/threads.h"
#include "dispatch/kernel_set.h"

enum { RANDOM_GRAIN = 8192 };

void ck_random_bits(const ck_context *context, ck_random_key key, ptrdiff_t n, uint32_t *out) {
  const int team = ck_team(context, n, RANDOM_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_range part = ck_my_part(n, CK_RANDOM_BLOCK);
    context->kernels->random_bits(key, (uint64_t)(part.first / CK_RANDOM_BLOCK), part.count, out + part.first);
  }
}

void ck_random_uniform(const ck_context *context, ck_random_key key, float low, float high, ptrdiff_t n, float *out) {
  const int team = ck_team(context, n, RANDOM_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_RANDOM_BLOCK);
    context->kernels->random_uniform(key, (uint64_t)(part.first / CK_RANDOM_BLOCK), low, high, part.count,
                                     out + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_random_normal(const ck_context *context, ck_random_key key, float mean, float deviation, ptrdiff_t n,
                      float *out) {
  const int team = ck_team(context, n, RANDOM_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_RANDOM_BLOCK);
    context->kernels->random_normal(key, (uint64_t)(part.first / CK_RANDOM_BLOCK), mean, deviation, part.count,
                                    out + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_dropout(const ck_context *context, ck_random_key key, float rate, ptrdiff_t n, const float *x, float *y) {
  const int team = ck_team(context, n, RANDOM_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_RANDOM_BLOCK);
    context->kernels->dropout(key, (uint64_t)(part.first / CK_RANDOM_BLOCK), rate, part.count, x + part.first,
                              y + part.first);
    ck_denormals_restore(saved);
  }
}
