// Element-wise passes over all gradients or weights: shared out among the threads.
#include "ck_vector.h"
#include "cpu/threads.h"
#include "dispatch/kernel_set.h"

enum { VECTOR_GRAIN = 16384 };

void ck_scale(const ck_context *context, ptrdiff_t n, float factor, float *x) {
  const int team = ck_team(context, n, VECTOR_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_LANES);
    context->kernels->scale(part.count, factor, x + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_clamp(const ck_context *context, ptrdiff_t n, float limit, float *x) {
  const int team = ck_team(context, n, VECTOR_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_LANES);
    context->kernels->clamp(part.count, limit, x + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_lerp(const ck_context *context, ptrdiff_t n, float weight, const float *x, float *y) {
  const int team = ck_team(context, n, VECTOR_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_LANES);
    context->kernels->lerp(part.count, weight, x + part.first, y + part.first);
    ck_denormals_restore(saved);
  }
}
