// Losses: the threads share the rows, whose losses are then added in order.
#include "ck_loss.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { ROW_GRAIN = 4096 }; // elements that are worth another thread

static float mean_of(const ck_context *context, ptrdiff_t rows, const float *row_loss) {
  return rows == 0 ? 0.0f : context->kernels->sum(rows, row_loss) / (float)rows;
}

float ck_softmax_cross_entropy_labels(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                      const int32_t *labels, float *dx, float *row_loss) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->softmax_cross_entropy_labels(share.count, columns, x + first, labels + share.first,
                                                   1.0f / (float)rows, row_loss + share.first, dx ? dx + first : NULL);
  }
  return mean_of(context, rows, row_loss);
}

float ck_softmax_cross_entropy_targets(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                       const float *targets, float *dx, float *row_loss) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->softmax_cross_entropy_targets(share.count, columns, x + first, targets + first,
                                                    1.0f / (float)rows, row_loss + share.first, dx ? dx + first : NULL);
  }
  return mean_of(context, rows, row_loss);
}

float ck_sum_of_squares(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                        const float *targets, float *dx, float *row_loss) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->sum_of_squares(share.count, columns, x + first, targets + first, 1.0f / (float)rows,
                                     row_loss + share.first, dx ? dx + first : NULL);
  }
  return mean_of(context, rows, row_loss);
}

void ck_argmax(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    context->kernels->argmax(share.count, columns, x + share.first * columns, index + share.first);
  }
}
