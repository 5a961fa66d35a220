// Upsampling of single planes. An input row is enlarged, or its gradient is gathered, pixel by pixel along the tables;
// what goes between rows takes sixteen columns at once.
#include "simd/v16.h"
#include "upsample/upsample.h"

// to = (1 - weight) * a + weight * b
static void upsample_mix(ptrdiff_t n, float weight, const float *a, const float *b, float *to) {
  const v16 near = v16_splat(1.0f - weight), far = v16_splat(weight);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(to + i, v16_fma(v16_load_first(b + i, lanes), far, v16_load_first(a + i, lanes) * near), lanes);
  }
}

// to += factor * from
static void upsample_add(ptrdiff_t n, float factor, const float *from, float *to) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(to + i, v16_fma(v16_load_first(from + i, lanes), v16_splat(factor), v16_load_first(to + i, lanes)),
                    lanes);
  }
}

static void upsample_nearest_forward(const ck_upsample2d *u, const ck_upsample_tables *t, const float *x, float *y) {
  for (ptrdiff_t oy = 0; oy < u->out_height; oy++, y += u->out_width) {
    if (oy > 0 && t->rows.first[oy] == t->rows.first[oy - 1]) {
      memcpy(y, y - u->out_width, (size_t)u->out_width * sizeof(float));
      continue;
    }
    const float *from = x + t->rows.first[oy] * u->width;
    for (ptrdiff_t ox = 0; ox < u->out_width; ox++)
      y[ox] = from[t->columns.first[ox]];
  }
}

static void upsample_nearest_backward(const ck_upsample2d *u, const ck_upsample_tables *t, const float *dy, float *dx,
                                      float *row) {
  memset(dx, 0, (size_t)(u->height * u->width) * sizeof(float));
  for (ptrdiff_t oy = 0; oy < u->out_height;) {
    const ptrdiff_t iy = t->rows.first[oy];
    memset(row, 0, (size_t)u->out_width * sizeof(float));
    for (; oy < u->out_height && t->rows.first[oy] == iy; oy++)
      upsample_add(u->out_width, 1.0f, dy + oy * u->out_width, row);
    for (ptrdiff_t ox = 0; ox < u->out_width; ox++)
      dx[iy * u->width + t->columns.first[ox]] += row[ox];
  }
}

// Enlarges row `iy` of x.
CK_INLINE void upsample_row(const ck_upsample2d *u, const ck_upsample_axis *columns, const float *x, ptrdiff_t iy,
                            float *to) {
  const float *from = x + iy * u->width;
  for (ptrdiff_t ox = 0; ox < u->out_width; ox++) {
    const float *at = from + columns->first[ox];
    const float near = at[0] * (1.0f - columns->weight[ox]);
    to[ox] = near + at[columns->step[ox]] * columns->weight[ox];
  }
}

// `row` has room for two rows of the output: the enlarged input rows above and below.
static void upsample_bilinear_forward(const ck_upsample2d *u, const ck_upsample_tables *t, const float *x, float *y,
                                      float *row) {
  float *above = row, *below = row + u->out_width;
  ptrdiff_t above_row = -1, below_row = -1; // which rows lie there
  for (ptrdiff_t oy = 0; oy < u->out_height; oy++, y += u->out_width) {
    const ptrdiff_t first = t->rows.first[oy], second = first + t->rows.step[oy];
    if (first == below_row && first != above_row) {
      float *free = above;
      above = below, below = free;
      above_row = below_row, below_row = -1;
    }
    if (first != above_row)
      upsample_row(u, &t->columns, x, above_row = first, above);
    if (second != below_row)
      upsample_row(u, &t->columns, x, below_row = second, below);
    upsample_mix(u->out_width, t->rows.weight[oy], above, below, y);
  }
}

// Adds the gradient of an enlarged row to that of row `iy`.
CK_INLINE void upsample_row_backward(const ck_upsample2d *u, const ck_upsample_axis *columns, const float *row,
                                     float *dx, ptrdiff_t iy) {
  float *to = dx + iy * u->width;
  for (ptrdiff_t ox = 0; ox < u->out_width; ox++) {
    float *at = to + columns->first[ox];
    at[0] += row[ox] * (1.0f - columns->weight[ox]);
    at[columns->step[ox]] += row[ox] * columns->weight[ox];
  }
}

static void upsample_bilinear_backward(const ck_upsample2d *u, const ck_upsample_tables *t, const float *dy, float *dx,
                                       float *row) {
  float *above = row, *below = row + u->out_width;
  const size_t bytes = (size_t)u->out_width * sizeof(float);
  memset(dx, 0, (size_t)(u->height * u->width) * sizeof(float));
  for (ptrdiff_t oy = 0; oy < u->out_height;) {
    const ptrdiff_t first = t->rows.first[oy], second = first + t->rows.step[oy];
    memset(above, 0, bytes);
    memset(below, 0, bytes);
    for (; oy < u->out_height && t->rows.first[oy] == first; oy++) {
      upsample_add(u->out_width, 1.0f - t->rows.weight[oy], dy + oy * u->out_width, above);
      upsample_add(u->out_width, t->rows.weight[oy], dy + oy * u->out_width, below);
    }
    upsample_row_backward(u, &t->columns, above, dx, first);
    upsample_row_backward(u, &t->columns, below, dx, second);
  }
}
