// The optimizer step: parameters are shared out among the threads.
#include "ck_optim.h"
#include "cpu/threads.h"
#include "isa/kernel_set.h"

enum { UPDATE_GRAIN = 8192 };

void ck_optimizer_update(const ck_context *context, ck_optimizer kind, const ck_optimizer_step *step, ptrdiff_t n,
                         const float *g, float *w, float *first, float *second) {
  const int team = ck_team(context, n, UPDATE_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, 16);
    context->kernels->optimizer_update[kind](step, part.count, g + part.first, w + part.first,
                                             first ? first + part.first : NULL, second ? second + part.first : NULL);
    ck_denormals_restore(saved);
  }
}
