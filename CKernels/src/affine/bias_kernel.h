// Adding a bias to every row, summing rows, and the two sums that the drivers share.
#include "simd/v16.h"

static void bias_forward(ptrdiff_t rows, ptrdiff_t columns, const float *restrict bias, float *restrict y,
                         ptrdiff_t row) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t n = columns - j < CK_LANES ? columns - j : CK_LANES;
      float *at = y + i * row + j;
      v16_store_n(at, v16_load_n(at, n) + v16_load_n(bias + j, n), n);
    }
  }
}

// The sum of each column of dy. Where there is a ReLU's output y, dy counts as zero where that is not above zero, and
// `masked`, laid out alike, gets what counts. dbias may be NULL.
static void bias_backward(ptrdiff_t rows, ptrdiff_t columns, const float *restrict dy, ptrdiff_t row,
                          const float *restrict y, float *restrict masked, float *restrict dbias) {
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
    const ptrdiff_t n = ck_lanes_left(columns, j);
    v16 total = v16_splat(0.0f);
    for (ptrdiff_t i = 0; i < rows; i++) {
      v16 d = v16_load_part(dy + i * row + j, n);
      if (y) {
        d = v16_select(v16_load_part(y + i * row + j, n) > 0.0f, d, v16_splat(0.0f));
        v16_store_part(masked + i * row + j, d, n);
      }
      total += d;
    }
    if (dbias)
      v16_store_part(dbias + j, total, n);
  }
}

// to[i] += from[i]
static void add(ptrdiff_t n, float *restrict to, const float *restrict from) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES)
    v16_store(to + i, v16_load(to + i) + v16_load(from + i));
  if (i < n)
    v16_store_n(to + i, v16_load_n(to + i, n - i) + v16_load_n(from + i, n - i), n - i);
}

// Four vectors of lane sums, so that an addition does not wait for the one before, then the tree.
static float sum(ptrdiff_t n, const float *x) {
  v16 part[4] = {v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f)};
  ptrdiff_t i = 0;
  for (; i + 4 * CK_LANES <= n; i += 4 * CK_LANES)
    CK_UNROLL for (int v = 0; v < 4; v++) part[v] += v16_load(x + i + v * CK_LANES);
  for (; i + CK_LANES <= n; i += CK_LANES)
    part[0] += v16_load(x + i);
  if (i < n)
    part[1] += v16_load_n(x + i, n - i);
  return v16_sum((part[0] + part[1]) + (part[2] + part[3]));
}
