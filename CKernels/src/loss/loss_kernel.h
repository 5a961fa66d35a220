// Sum of squares, argmax and the squared norm.
#include "simd/v16.h"

static void sum_of_squares(ptrdiff_t rows, ptrdiff_t columns, const float *x, const float *targets, float scale,
                           float *row_loss, float *dx) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns, targets += columns) {
    v16 total = v16_splat(0.0f);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      const v16 d = v16_load_part(x + j, lanes) - v16_load_part(targets + j, lanes);
      total = v16_fma(d, d, total);
      if (dx)
        v16_store_part(dx + i * columns + j, d * scale, lanes);
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

static float squared_sum(ptrdiff_t n, const float *x) {
  v16 part[2] = {v16_splat(0.0f), v16_splat(0.0f)};
  ptrdiff_t i = 0;
  for (; i + 2 * CK_LANES <= n; i += 2 * CK_LANES) {
    const v16 a = v16_load(x + i), b = v16_load(x + i + CK_LANES);
    part[0] = v16_fma(a, a, part[0]);
    part[1] = v16_fma(b, b, part[1]);
  }
  for (; i < n; i += CK_LANES) {
    const v16 a = v16_load_part(x + i, ck_lanes_left(n, i));
    part[0] = v16_fma(a, a, part[0]);
  }
  return v16_sum(part[0] + part[1]);
}
