// Activation functions: the threads share the elements or, of softmax, the rows.
#include "ck_activation.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum {
  ELEMENT_GRAIN = 16384, // elements that are worth another thread
  SOFTMAX_GRAIN = 4096,
};

void ck_activation_forward(const ck_context *context, ck_activation f, ptrdiff_t n, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, n, ELEMENT_GRAIN), n, CK_LANES, share) {
    context->kernels->activation_forward[f.kind](&f, share.count, x + share.first, y + share.first);
  }
}

void ck_activation_backward(const ck_context *context, ck_activation f, ptrdiff_t n, const float *dy, const float *kept,
                            float *dx) {
  CK_PARALLEL(ck_team(context, n, ELEMENT_GRAIN), n, CK_LANES, share) {
    context->kernels->activation_backward[f.kind](&f, share.count, dy + share.first, kept + share.first,
                                                  dx + share.first);
  }
}

void ck_softmax_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, rows * columns, SOFTMAX_GRAIN), rows, 1, share) {
    context->kernels->softmax_forward(share.count, columns, x + share.first * columns, y + share.first * columns);
  }
}

void ck_softmax_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y,
                         float *dx) {
  CK_PARALLEL(ck_team(context, rows * columns, SOFTMAX_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->softmax_backward(share.count, columns, dy + first, y + first, dx + first);
  }
}
