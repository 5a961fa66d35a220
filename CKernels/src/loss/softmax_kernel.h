// Softmax over rows, alone and fused with cross-entropy and its gradient.
#include "simd/v16_math.h"

// Writes exp(x - max) of one row to `to`, unless it is NULL, and returns the sum of the exponentials. Meanwhile the
// next row, `next` numbers on, is prefetched, for where rows fill pages the hardware does not. `next` is 0 in the last
// row, which another thread's rows follow.
CK_INLINE float softmax_row(ptrdiff_t columns, const float *x, float largest, float *to, ptrdiff_t next) {
  v16 total = v16_splat(0.0f);
  ptrdiff_t j = 0;
  for (; j + CK_LANES <= columns; j += CK_LANES) {
    const v16 e = v16_exp(v16_load(x + j) - largest);
    __builtin_prefetch(x + next + j);
    total += e;
    if (to) {
      v16_store(to + j, e);
      __builtin_prefetch(to + next + j, 1);
    }
  }
  if (j < columns) {
    const v16 e = v16_exp(v16_load_n(x + j, columns - j) - largest);
    total += v16_select(v16i_iota() < (int32_t)(columns - j), e, v16_splat(0.0f));
    if (to)
      v16_store_n(to + j, e, columns - j);
  }
  return v16_sum(total);
}

CK_INLINE ptrdiff_t next_row(ptrdiff_t row, ptrdiff_t rows, ptrdiff_t columns) { return row + 1 < rows ? columns : 0; }

// Four vectors are compared side by side, so that a comparison does not wait for the one before.
CK_INLINE float row_largest(ptrdiff_t columns, const float *x) {
  const v16 first = v16_splat(x[0]);
  v16 largest = first;
  ptrdiff_t j = 0;
  if (columns >= 4 * CK_LANES) {
    v16 part[4] = {first, first, first, first};
    for (; j + 4 * CK_LANES <= columns; j += 4 * CK_LANES)
      CK_UNROLL for (int v = 0; v < 4; v++) part[v] = v16_max(part[v], v16_load(x + j + v * CK_LANES));
    largest = v16_max(v16_max(part[0], part[1]), v16_max(part[2], part[3]));
  }
  for (; j < columns; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(columns, j);
    const v16 v = v16_load_first(x + j, lanes);
    largest = v16_max(largest, v16_select(v16i_iota() < (int32_t)lanes, v, largest));
  }
  return v16_largest(largest);
}

CK_INLINE float scalar_log(float v) { return v16_log(v16_splat(v))[0]; }

static void softmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns, y += columns) {
    const float total = softmax_row(columns, x, row_largest(columns, x), y, next_row(i, rows, columns));
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      v16_store_first(y + j, v16_load_first(y + j, lanes) / total, lanes);
    }
  }
}

static void softmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y, float *dx) {
  for (ptrdiff_t i = 0; i < rows; i++, dy += columns, y += columns, dx += columns) {
    v16 products = v16_splat(0.0f);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      products = v16_fma(v16_load_first(dy + j, lanes), v16_load_first(y + j, lanes), products);
    }
    const float mean = v16_sum(products);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      const v16 d = v16_load_first(dy + j, lanes) - mean;
      v16_store_first(dx + j, v16_load_first(y + j, lanes) * d, lanes);
    }
  }
}

static void softmax_cross_entropy_labels(ptrdiff_t rows, ptrdiff_t columns, const float *x, const int32_t *labels,
                                         float scale, float *row_loss, float *dx) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns) {
    const int32_t label = labels[i];
    const float largest = row_largest(columns, x), chosen = x[label];
    const float total = softmax_row(columns, x, largest, dx, next_row(i, rows, columns));
    row_loss[i] = scalar_log(total) + (largest - chosen);
    if (dx) {
      const v16 factor = v16_splat(scale / total);
      for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
        const ptrdiff_t lanes = ck_lanes_left(columns, j);
        v16_store_first(dx + j, v16_load_first(dx + j, lanes) * factor, lanes);
      }
      dx[label] -= scale;
      dx += columns;
    }
  }
}

static void softmax_cross_entropy_targets(ptrdiff_t rows, ptrdiff_t columns, const float *x, const float *targets,
                                          float scale, float *row_loss, float *dx) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns, targets += columns) {
    const float largest = row_largest(columns, x);
    v16 weighted = v16_splat(0.0f), mass = v16_splat(0.0f);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, j);
      const v16 t = v16_load_first(targets + j, lanes);
      const v16 shifted = v16_select(v16i_iota() < (int32_t)lanes, v16_load_first(x + j, lanes) - largest, t);
      weighted = v16_fma(t, shifted, weighted);
      mass += t;
    }
    const float total = softmax_row(columns, x, largest, dx, next_row(i, rows, columns)), weight = v16_sum(mass);
    row_loss[i] = scalar_log(total) * weight - v16_sum(weighted);
    if (dx) {
      const v16 factor = v16_splat(scale * weight / total);
      for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
        const ptrdiff_t lanes = ck_lanes_left(columns, j);
        const v16 t = v16_load_first(targets + j, lanes) * scale;
        v16_store_first(dx + j, v16_load_first(dx + j, lanes) * factor - t, lanes);
      }
      dx += columns;
    }
  }
}
