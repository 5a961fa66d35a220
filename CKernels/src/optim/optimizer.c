// The optimizer step: the threads share each parameter.
#include "ck_optim.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { UPDATE_GRAIN = 8192 }; // elements that are worth another thread

void ck_optimizer_update(const ck_context *context, ck_optimizer kind, const ck_optimizer_step *step, ptrdiff_t n,
                         const float *g, float *w, float *first, float *second, ptrdiff_t pieces,
                         const ptrdiff_t *ends) {
  if (ends == NULL) {
    ends = &n;
    pieces = 1;
  }
  CK_PARALLEL_REGION(ck_team(context, n, UPDATE_GRAIN)) {
    for (ptrdiff_t i = 0; i < pieces; i++) {
      const ptrdiff_t start = i > 0 ? ends[i - 1] : 0;
      const ck_range share = ck_my_share(ends[i] - start, CK_LANES);
      const ptrdiff_t at = start + share.first;
      context->kernels->optimizer_update[kind](step, share.count, g + at, w + at, first ? first + at : NULL,
                                               second ? second + at : NULL);
    }
  }
}
