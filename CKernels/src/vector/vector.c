// Passes over all gradients or weights. Those that go element by element are shared out among the threads.
#include "ck_vector.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum {
  VECTOR_GRAIN = 16384, // elements that are worth another thread
  NORM_BLOCK = 4096,    // elements whose squares are summed in single precision
};

void ck_add(const ck_context *context, ptrdiff_t n, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->add(share.count, y + share.first, x + share.first);
  }
}

void ck_scale(const ck_context *context, ptrdiff_t n, float factor, float *x) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->scale(share.count, factor, x + share.first);
  }
}

void ck_clamp(const ck_context *context, ptrdiff_t n, float limit, float *x) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->clamp(share.count, limit, x + share.first);
  }
}

void ck_lerp(const ck_context *context, ptrdiff_t n, float weight, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->lerp(share.count, weight, x + share.first, y + share.first);
  }
}

double ck_squared_norm(const ck_context *context, ptrdiff_t n, const float *x) {
  double total = 0.0;
  CK_WITHOUT_DENORMALS() {
    for (ptrdiff_t i = 0; i < n; i += NORM_BLOCK)
      total += (double)context->kernels->squared_sum(n - i < NORM_BLOCK ? n - i : NORM_BLOCK, x + i);
  }
  return total;
}
