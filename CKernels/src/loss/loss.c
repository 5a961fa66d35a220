// Losses: the threads share the rows, or blocks of them, whose losses are then added in order.
#include "ck_loss.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum {
  ROW_GRAIN = 4096,   // elements that are worth another thread
  PIXEL_GRAIN = 4096, // logits of pixels that are
  ERROR_GRAIN = 8192, // errors that are
};

static float quotient(const ck_context *context, ptrdiff_t n, const float *losses, float divisor) {
  return n == 0 ? 0.0f : context->kernels->sum(n, losses) / divisor;
}

float ck_softmax_cross_entropy_labels(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, float divisor,
                                      const float *x, const int32_t *labels, float *dx, float *row_loss) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->softmax_cross_entropy_labels(share.count, columns, x + first, labels + share.first,
                                                   1.0f / divisor, row_loss + share.first, dx ? dx + first : NULL);
  }
  return quotient(context, rows, row_loss, divisor);
}

float ck_softmax_cross_entropy_targets(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, float divisor,
                                       const float *x, const float *targets, float *dx, float *row_loss) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    const ptrdiff_t first = share.first * columns;
    context->kernels->softmax_cross_entropy_targets(share.count, columns, x + first, targets + first, 1.0f / divisor,
                                                    row_loss + share.first, dx ? dx + first : NULL);
  }
  return quotient(context, rows, row_loss, divisor);
}

// A block of CK_LOSS_BLOCK elements of a row, or what is left of it.
typedef struct {
  ptrdiff_t row, first, count;
} loss_block;

static loss_block block_of(ptrdiff_t index, ptrdiff_t columns) {
  const ptrdiff_t blocks = ck_loss_scratch_floats(1, columns), first = index % blocks * CK_LOSS_BLOCK;
  return (loss_block){index / blocks, first, columns - first < CK_LOSS_BLOCK ? columns - first : CK_LOSS_BLOCK};
}

float ck_pixel_cross_entropy_evaluate(const ck_context *context, const ck_pixel_cross_entropy *loss, const float *x,
                                      const int32_t *labels, const float *targets, float *dx, float *scratch) {
  const ptrdiff_t blocks = ck_loss_scratch_floats(loss->batch, loss->plane), image = loss->classes * loss->plane;
  CK_PARALLEL(ck_team(context, loss->batch * image, PIXEL_GRAIN), blocks, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++) {
      const loss_block b = block_of(i, loss->plane);
      const ptrdiff_t at = b.row * image + b.first;
      scratch[i] = context->kernels->pixel_cross_entropy(
          loss, b.count, x + at, labels ? labels + b.row * loss->plane + b.first : NULL, targets ? targets + at : NULL,
          loss->sample_weights ? loss->sample_weights[b.row] : 1.0f, dx ? dx + at : NULL);
    }
  }
  return quotient(context, blocks, scratch, loss->divisor);
}

float ck_elementwise_loss_evaluate(const ck_context *context, const ck_elementwise_loss *loss, const float *x,
                                   const float *targets, float *dx, float *scratch) {
  ck_elementwise_loss l = *loss;
  if (!l.row_weights && !l.positive_weights) { // rows that are alike are one: short ones would leave lanes empty
    l.columns *= l.rows;
    l.rows = 1;
  }
  const ptrdiff_t blocks = ck_loss_scratch_floats(l.rows, l.columns);
  CK_PARALLEL(ck_team(context, l.rows * l.columns, ERROR_GRAIN), blocks, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++) {
      const loss_block b = block_of(i, l.columns);
      const ptrdiff_t at = b.row * l.columns + b.first;
      const float weight = l.row_weights ? l.row_weights[b.row] : 1.0f;
      scratch[i] =
          weight * context->kernels->elementwise_loss[l.kind](b.count, x + at, targets + at, l.delta,
                                                              l.positive_weights ? l.positive_weights + b.first : NULL,
                                                              weight / l.divisor, dx ? dx + at : NULL);
    }
  }
  return quotient(context, blocks, scratch, l.divisor);
}

void ck_argmax(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index) {
  CK_PARALLEL(ck_team(context, rows * columns, ROW_GRAIN), rows, 1, share) {
    context->kernels->argmax(share.count, columns, x + share.first * columns, index + share.first);
  }
}
