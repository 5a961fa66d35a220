// Activation functions: sharing the elements, or the rows, out among the threads.
#include "ck_activation.h"
#include "cpu/threads.h"
#include "dispatch/kernel_set.h"

enum {
  ELEMENT_GRAIN = 16384, // elements that are worth another thread
  SOFTMAX_GRAIN = 4096,
};

void ck_activation_forward(const ck_context *context, ck_activation kind, ptrdiff_t n, const float *x, float *y) {
  const int team = ck_team(context, n, ELEMENT_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_LANES);
    context->kernels->activation_forward[kind](part.count, x + part.first, y + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_activation_backward(const ck_context *context, ck_activation kind, ptrdiff_t n, const float *dy, const float *y,
                            float *dx) {
  const int team = ck_team(context, n, ELEMENT_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(n, CK_LANES);
    context->kernels->activation_backward[kind](part.count, dy + part.first, y + part.first, dx + part.first);
    ck_denormals_restore(saved);
  }
}

void ck_softmax_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y) {
  const int team = ck_team(context, rows * columns, SOFTMAX_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    context->kernels->softmax_forward(part.count, columns, x + part.first * columns, y + part.first * columns);
    ck_denormals_restore(saved);
  }
}

void ck_softmax_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y,
                         float *dx) {
  const int team = ck_team(context, rows * columns, SOFTMAX_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    const ptrdiff_t first = part.first * columns;
    context->kernels->softmax_backward(part.count, columns, dy + first, y + first, dx + first);
    ck_denormals_restore(saved);
  }
}
