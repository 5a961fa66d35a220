// Passes over tensors, and over all gradients or weights. Those that go element by element are shared out among the
// threads.
#include "ck_vector.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

#include <string.h>

enum {
  VECTOR_GRAIN = 16384, // elements that are worth another thread
  MATHEMATICS_GRAIN = 4096,
  NORM_BLOCK = 4096, // elements whose squares are summed in single precision
};

void ck_add(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->add_vectors(share.count, a + share.first, b + share.first, y + share.first);
  }
}

void ck_multiply(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->multiply_vectors(share.count, a + share.first, b + share.first, y + share.first);
  }
}

void ck_multiply_add(const ck_context *context, ptrdiff_t n, const float *a, const float *b, const float *c, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->multiply_add_vectors(share.count, a + share.first, b + share.first, c + share.first,
                                           y + share.first);
  }
}

void ck_maximum(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y) {
  CK_PARALLEL(ck_team(context, n, VECTOR_GRAIN), n, CK_LANES, share) {
    context->kernels->maximum_vectors(share.count, a + share.first, b + share.first, y + share.first);
  }
}

void ck_exp(const ck_context *context, ptrdiff_t n, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, n, MATHEMATICS_GRAIN), n, CK_LANES, share) {
    context->kernels->exp_vector(share.count, x + share.first, y + share.first);
  }
}

void ck_log(const ck_context *context, ptrdiff_t n, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, n, MATHEMATICS_GRAIN), n, CK_LANES, share) {
    context->kernels->log_vector(share.count, x + share.first, y + share.first);
  }
}

void ck_copy_columns(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row,
                     float *y, ptrdiff_t y_row) {
  CK_PARALLEL(ck_team(context, rows * columns, VECTOR_GRAIN), rows, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      memcpy(y + i * y_row, x + i * x_row, (size_t)columns * sizeof *y);
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
