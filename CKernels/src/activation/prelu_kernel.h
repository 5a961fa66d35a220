// PReLU: single planes with one slope, and rows whose columns have a slope each.
#include "simd/v16.h"

CK_INLINE v16 prelu(v16 x, v16 weight, v16 v) { return v16_select(x > 0.0f, v, weight * v); }
CK_INLINE v16 prelu_weight_gradient(v16 x, v16 dy) { return v16_select(x > 0.0f, v16_splat(0.0f), dy * x); }

// to = x > 0 ? from : weight * from, which is the forward pass of x itself and the backward pass of dy.
static void prelu_plane(ptrdiff_t n, float weight, const float *x, const float *from, float *to) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    const v16 v = v16_load_first(x + i, lanes), w = v16_splat(weight);
    v16_store_first(to + i, prelu(v, w, v16_load_first(from + i, lanes)), lanes);
  }
}

// The sum of dy * min(x, 0).
static float prelu_plane_sum(ptrdiff_t n, const float *dy, const float *x) {
  v16 part[2] = {v16_splat(0.0f), v16_splat(0.0f)};
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    part[(i / CK_LANES) & 1] += prelu_weight_gradient(v16_load_first(x + i, lanes), v16_load_first(dy + i, lanes));
  }
  return v16_sum(part[0] + part[1]);
}

// The same of `columns` neighbouring columns; rows lie `row` floats apart.
static void prelu_columns(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, const float *weight, const float *x,
                          const float *from, float *to) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j), at = i * row + j;
      const v16 v = v16_load_first(x + at, lanes), w = v16_load_first(weight + j, lanes);
      v16_store_first(to + at, prelu(v, w, v16_load_first(from + at, lanes)), lanes);
    }
  }
}

// Sums of dy * min(x, 0) down the columns; those that continue go on from `sums`.
static void prelu_column_sums(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, const float *dy, const float *x,
                              float *sums, bool continues) {
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(columns, j);
    v16 total = continues ? v16_load_first(sums + j, lanes) : v16_splat(0.0f);
    for (ptrdiff_t i = 0; i < rows; i++) {
      const ptrdiff_t at = i * row + j;
      total += prelu_weight_gradient(v16_load_first(x + at, lanes), v16_load_first(dy + at, lanes));
    }
    v16_store_first(sums + j, total, lanes);
  }
}
