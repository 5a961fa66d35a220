// What everybody uses: max pooling of 2 x 2 windows side by side, without padding. Sixteen windows at a time: of one
// row of them, or of several rows where a plane is 2, 4 or 8 windows wide, for its pixels lie without a gap.
#include "ck_pool.h"
#include "simd/v16.h"

#define PAIRS_FIRST(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define PAIRS_SECOND(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)

#define SIXTEEN(INDEX, ...)                                                                                          \
  INDEX(__VA_ARGS__, 0), INDEX(__VA_ARGS__, 1), INDEX(__VA_ARGS__, 2), INDEX(__VA_ARGS__, 3), INDEX(__VA_ARGS__, 4), \
      INDEX(__VA_ARGS__, 5), INDEX(__VA_ARGS__, 6), INDEX(__VA_ARGS__, 7), INDEX(__VA_ARGS__, 8),                    \
      INDEX(__VA_ARGS__, 9), INDEX(__VA_ARGS__, 10), INDEX(__VA_ARGS__, 11), INDEX(__VA_ARGS__, 12),                 \
      INDEX(__VA_ARGS__, 13), INDEX(__VA_ARGS__, 14), INDEX(__VA_ARGS__, 15)
// Of rows of COLUMNS numbers that lie one after the other, which are top and bottom rows in turn, those of one kind.
#define ROW_INDEX(COLUMNS, BOTTOM, I) ((I) / (COLUMNS) * 2 * (COLUMNS) + (BOTTOM) * (COLUMNS) + (I) % (COLUMNS))
// The window of pixel I of the vector of pixels that is VECTORth of four.
#define WINDOW_INDEX(COLUMNS, VECTOR, I) \
  ((CK_LANES * (VECTOR) + (I)) / (4 * (COLUMNS)) * (COLUMNS) + (CK_LANES * (VECTOR) + (I)) % (2 * (COLUMNS)) / 2)

#define ROWS_OF(COLUMNS)                                                                   \
  case COLUMNS:                                                                            \
    return bottom ? __builtin_shufflevector(first, second, SIXTEEN(ROW_INDEX, COLUMNS, 1)) \
                  : __builtin_shufflevector(first, second, SIXTEEN(ROW_INDEX, COLUMNS, 0));
CK_INLINE v16 pool_rows(const int columns, const bool bottom, v16 first, v16 second) {
  switch (columns) {
    ROWS_OF(2)
    ROWS_OF(4)
    ROWS_OF(8)
  default:
    return bottom ? second : first;
  }
}

#define SPREAD(COLUMNS, VECTOR)  \
  case 4 * (COLUMNS) + (VECTOR): \
    return __builtin_shufflevector(v, v, SIXTEEN(WINDOW_INDEX, COLUMNS, VECTOR));
#define SPREADS(COLUMNS) SPREAD(COLUMNS, 0) SPREAD(COLUMNS, 1) SPREAD(COLUMNS, 2) SPREAD(COLUMNS, 3)
// To each pixel of one of the four vectors what its window has.
CK_INLINE v16 pool_spread(const int columns, const int vector, v16 v) {
  switch (4 * columns + vector) {
    SPREADS(2)
    SPREADS(4)
    SPREADS(8)
  default:
    SPREADS(CK_LANES)
  }
}

// The `windows` first of sixteen, whose pixels are `x`.
CK_INLINE void pool_windows(const int columns, ptrdiff_t windows, const v16 x[4], float *y, uint8_t *argmax) {
  const v16 left[2] = {PAIRS_FIRST(x[0], x[1]), PAIRS_FIRST(x[2], x[3])};
  const v16 right[2] = {PAIRS_SECOND(x[0], x[1]), PAIRS_SECOND(x[2], x[3])};
  v16 best = pool_rows(columns, false, left[0], left[1]);
  v16i where = 0;
  v16_take_larger(pool_rows(columns, false, right[0], right[1]), 1, &best, &where);
  v16_take_larger(pool_rows(columns, true, left[0], left[1]), 2, &best, &where);
  v16_take_larger(pool_rows(columns, true, right[0], right[1]), 3, &best, &where);
  const v16b bytes = __builtin_convertvector(where, v16b);
  v16_store_first(y, best, windows);
  if (windows == CK_LANES)
    *(v16b_unaligned *)argmax = bytes;
  else
    memcpy(argmax, &bytes, (size_t)windows);
}

CK_INLINE void unpool_windows(const int columns, ptrdiff_t windows, const float *dy, const uint8_t *argmax, v16 dx[4]) {
  const v16 d = v16_load_first(dy, windows);
  v16b bytes = 0;
  if (windows == CK_LANES)
    bytes = *(const v16b_unaligned *)argmax;
  else
    memcpy(&bytes, argmax, (size_t)windows);
  const v16 where = v16_from_bits(__builtin_convertvector(bytes, v16i));
  CK_UNROLL for (int v = 0; v < 4; v++) {
    const v16i pixel = v16i_iota() + v * CK_LANES, place = pixel / (2 * columns) % 2 * 2 + pixel % 2;
    const v16i largest = v16_bits(pool_spread(columns, v, where));
    dx[v] = v16_select(largest == place, pool_spread(columns, v, d), v16_splat(0.0f));
  }
}

// Of `n` floats that are left those of vector v.
CK_INLINE ptrdiff_t lanes_of_vector(ptrdiff_t n, int v) {
  const ptrdiff_t left = n - v * CK_LANES;
  return left < 0 ? 0 : left < CK_LANES ? left : CK_LANES;
}

CK_INLINE void pool_narrow_plane(const int columns, ptrdiff_t windows, const float *x, float *y, uint8_t *argmax) {
  for (ptrdiff_t i = 0; i < windows; i += CK_LANES) {
    const ptrdiff_t count = ck_lanes_left(windows, i);
    v16 in[4];
    CK_UNROLL for (int v = 0; v < 4; v++) in[v] =
        v16_load_first(x + 4 * i + v * CK_LANES, lanes_of_vector(4 * count, v));
    pool_windows(columns, count, in, y + i, argmax + i);
  }
}
CK_INLINE void unpool_narrow_plane(const int columns, ptrdiff_t windows, const float *dy, const uint8_t *argmax,
                                   float *dx) {
  for (ptrdiff_t i = 0; i < windows; i += CK_LANES) {
    const ptrdiff_t count = ck_lanes_left(windows, i);
    v16 out[4];
    unpool_windows(columns, count, dy + i, argmax + i, out);
    CK_UNROLL for (int v = 0; v < 4; v++)
        v16_store_first(dx + 4 * i + v * CK_LANES, out[v], lanes_of_vector(4 * count, v));
  }
}

static void pool_row(ptrdiff_t columns, const float *top, const float *bottom, float *y, uint8_t *argmax) {
  for (ptrdiff_t i = 0; i < columns; i += CK_LANES) {
    const ptrdiff_t count = ck_lanes_left(columns, i), low = lanes_of_vector(2 * count, 0),
                    high = lanes_of_vector(2 * count, 1);
    const v16 in[4] = {v16_load_first(top + 2 * i, low), v16_load_first(top + 2 * i + CK_LANES, high),
                       v16_load_first(bottom + 2 * i, low), v16_load_first(bottom + 2 * i + CK_LANES, high)};
    pool_windows(CK_LANES, count, in, y + i, argmax + i);
  }
}
static void unpool_row(ptrdiff_t columns, const float *dy, const uint8_t *argmax, float *top, float *bottom) {
  for (ptrdiff_t i = 0; i < columns; i += CK_LANES) {
    const ptrdiff_t count = ck_lanes_left(columns, i), low = lanes_of_vector(2 * count, 0),
                    high = lanes_of_vector(2 * count, 1);
    v16 out[4];
    unpool_windows(CK_LANES, count, dy + i, argmax + i, out);
    v16_store_first(top + 2 * i, out[0], low);
    v16_store_first(top + 2 * i + CK_LANES, out[1], high);
    v16_store_first(bottom + 2 * i, out[2], low);
    v16_store_first(bottom + 2 * i + CK_LANES, out[3], high);
  }
}

static void max_pool_2x2_forward(const ck_pool2d *p, const float *x, float *y, uint8_t *argmax) {
  const ptrdiff_t rows = p->height / 2, columns = p->width / 2;
  switch (p->width) {
  case 4:
    pool_narrow_plane(2, rows * columns, x, y, argmax);
    return;
  case 8:
    pool_narrow_plane(4, rows * columns, x, y, argmax);
    return;
  case 16:
    pool_narrow_plane(8, rows * columns, x, y, argmax);
    return;
  }
  for (ptrdiff_t i = 0; i < rows; i++)
    pool_row(columns, x + 2 * i * p->width, x + (2 * i + 1) * p->width, y + i * columns, argmax + i * columns);
}

static void max_pool_2x2_backward(const ck_pool2d *p, const float *dy, const uint8_t *argmax, float *dx) {
  const ptrdiff_t rows = p->height / 2, columns = p->width / 2;
  if (p->height & 1)
    memset(dx + (p->height - 1) * p->width, 0, (size_t)p->width * sizeof(float));
  switch (p->width) {
  case 4:
    unpool_narrow_plane(2, rows * columns, dy, argmax, dx);
    return;
  case 8:
    unpool_narrow_plane(4, rows * columns, dy, argmax, dx);
    return;
  case 16:
    unpool_narrow_plane(8, rows * columns, dy, argmax, dx);
    return;
  }
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *top = dx + 2 * i * p->width, *bottom = top + p->width;
    unpool_row(columns, dy + i * columns, argmax + i * columns, top, bottom);
    if (p->width & 1)
      top[p->width - 1] = bottom[p->width - 1] = 0.0f;
  }
}
