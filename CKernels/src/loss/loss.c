// Losses: rows are shared out; their losses are then added in order.
#include "ck_loss.h"
#include "cpu/threads.h"
#include "dispatch/kernel_set.h"

enum {
  ROW_GRAIN = 4096, // elements that are worth another thread
  NORM_BLOCK = 4096,
};

static float mean_of(const ck_context *context, ptrdiff_t rows, const float *row_loss) {
  return rows == 0 ? 0.0f : context->kernels->sum(rows, row_loss) / (float)rows;
}

float ck_softmax_cross_entropy_labels(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                      const int32_t *labels, float *dx, float *row_loss) {
  const int team = ck_team(context, rows * columns, ROW_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    const ptrdiff_t first = part.first * columns;
    context->kernels->softmax_cross_entropy_labels(part.count, columns, x + first, labels + part.first,
                                                   1.0f / (float)rows, row_loss + part.first, dx ? dx + first : NULL);
    ck_denormals_restore(saved);
  }
  return mean_of(context, rows, row_loss);
}

float ck_softmax_cross_entropy_targets(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                       const float *targets, float *dx, float *row_loss) {
  const int team = ck_team(context, rows * columns, ROW_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    const ptrdiff_t first = part.first * columns;
    context->kernels->softmax_cross_entropy_targets(part.count, columns, x + first, targets + first, 1.0f / (float)rows,
                                                    row_loss + part.first, dx ? dx + first : NULL);
    ck_denormals_restore(saved);
  }
  return mean_of(context, rows, row_loss);
}

float ck_sum_of_squares(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                        const float *targets, float *dx, float *row_loss) {
  const int team = ck_team(context, rows * columns, ROW_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    const ptrdiff_t first = part.first * columns;
    context->kernels->sum_of_squares(part.count, columns, x + first, targets + first, 1.0f / (float)rows,
                                     row_loss + part.first, dx ? dx + first : NULL);
    ck_denormals_restore(saved);
  }
  return mean_of(context, rows, row_loss);
}

void ck_argmax(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index) {
  const int team = ck_team(context, rows * columns, ROW_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    context->kernels->argmax(part.count, columns, x + part.first * columns, index + part.first);
    ck_denormals_restore(saved);
  }
}

double ck_squared_norm(const ck_context *context, ptrdiff_t n, const float *x) {
  const ck_denormals saved = ck_denormals_off();
  double total = 0.0;
  for (ptrdiff_t i = 0; i < n; i += NORM_BLOCK)
    total += (double)context->kernels->squared_sum(n - i < NORM_BLOCK ? n - i : NORM_BLOCK, x + i);
  ck_denormals_restore(saved);
  return total;
}
