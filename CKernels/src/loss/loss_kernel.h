// The sum-of-squares loss with its gradient, and argmax.
#include "simd/v16.h"

static void sum_of_squares(ptrdiff_t rows, ptrdiff_t columns, const float *x, const float *targets, float scale,
                           float *row_loss, float *dx) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns, targets += columns) {
    v16 total = v16_splat(0.0f);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      const v16 d = v16_load_first(x + j, lanes) - v16_load_first(targets + j, lanes);
      total = v16_fma(d, d, total);
      if (dx)
        v16_store_first(dx + i * columns + j, d * scale, lanes);
    }
    row_loss[i] = 0.5f * v16_sum(total);
  }
}

static void argmax(ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns) {
    int32_t best = 0;
    for (ptrdiff_t j = 1; j < columns; j++)
      best = x[j] > x[best] ? (int32_t)j : best;
    index[i] = best;
  }
}
