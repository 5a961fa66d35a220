// The optimizer step: each parameter is shared out among the threads.
#include "ck_optim.h"
#include "cpu/threads.h"
#include "dispatch/kernel_set.h"

enum { UPDATE_GRAIN = 8192 };

void ck_optimizer_update(const ck_context *context, ck_optimizer kind, const ck_optimizer_step *step, ptrdiff_t n,
                         const float *g, float *w, float *first, float *second, ptrdiff_t pieces,
                         const ptrdiff_t *ends) {
  if (ends == NULL) {
    ends = &n;
    pieces = 1;
  }
  const int team = ck_team(context, n, UPDATE_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    for (ptrdiff_t i = 0; i < pieces; i++) {
      const ptrdiff_t start = i > 0 ? ends[i - 1] : 0;
      const ck_range part = ck_my_part(ends[i] - start, CK_LANES);
      const ptrdiff_t at = start + part.first;
      context->kernels->optimizer_update[kind](step, part.count, g + at, w + at, first ? first + at : NULL,
                                               second ? second + at : NULL);
    }
    ck_denormals_restore(saved);
  }
}
