// Depthwise convolutions of 3 x 3 taps on planes as they lie: sixteen pixels of a row in the lanes, and some rows below
// each other, so that a pixel is loaded once for all taps in its column. Each output is a chain over (kernel row,
// kernel column), as in depthwise_kernel.h.
#include "simd/v16.h"

enum {
  DEPTHWISE_SIDE = 3, // of the windows
  DEPTHWISE_ROWS = 4, // below each other, whose sums are in registers
};

static void copy_rows(ptrdiff_t rows, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                      float *restrict to, ptrdiff_t to_row) {
  for (ptrdiff_t y = 0; y < rows; y++, from += from_row, to += to_row)
    for (ptrdiff_t x = 0; x < columns; x += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, x);
      v16_store_first(to + x, v16_load_first(from + x, lanes), lanes);
    }
}

// What becomes of the sums of a plane.
typedef struct {
  const float *bias;  // one number, or NULL
  const float *added; // laid out like y, or NULL
  bool relu;
} depthwise_change;

// `high` rows of sixteen pixels, of which `lanes` are stored; rows of y and of `added` are `y_row` apart.
CK_INLINE void depthwise_block(const int high, ptrdiff_t lanes, const float *x, ptrdiff_t x_row, const float *w,
                               depthwise_change change, float *y, ptrdiff_t y_row) {
  v16 sum[DEPTHWISE_ROWS];
  CK_UNROLL for (int r = 0; r < high; r++) sum[r] = v16_splat(0.0f);
  CK_UNROLL for (int i = 0; i < high + DEPTHWISE_SIDE - 1; i++) {
    CK_UNROLL for (int k = 0; k < DEPTHWISE_SIDE; k++) {
      const v16 pixel = v16_load(x + i * x_row + k);
      CK_UNROLL for (int r = 0; r < high; r++) {
        if (r <= i && i < r + DEPTHWISE_SIDE)
          sum[r] = v16_fma(pixel, v16_splat(w[(i - r) * DEPTHWISE_SIDE + k]), sum[r]);
      }
    }
  }
  CK_UNROLL for (int r = 0; r < high; r++) {
    if (change.bias)
      sum[r] += *change.bias;
    if (change.added)
      sum[r] += v16_load_first(change.added + r * y_row, lanes);
    if (change.relu)
      sum[r] = v16_max(v16_splat(0.0f), sum[r]);
    v16_store_first(y + r * y_row, sum[r], lanes);
  }
}

// rows x columns outputs of 3 x 3 taps from x, which has as many pixels more on the right as fill the lanes. Then the
// bias, a number, and `added`, laid out like y, unless they are NULL, and a ReLU if it is wanted.
static void depthwise_plane(ptrdiff_t rows, ptrdiff_t columns, const float *restrict x, ptrdiff_t x_row,
                            const float *restrict w, const float *bias, const float *added, bool relu,
                            float *restrict y) {
  ptrdiff_t row = 0;
#define DEPTHWISE_BLOCKS(HIGH)                                                                     \
  for (; row + HIGH <= rows; row += HIGH) {                                                        \
    for (ptrdiff_t i = 0, at = row * columns; i < columns; i += CK_LANES, at += CK_LANES)          \
      depthwise_block(HIGH, ck_lanes_left(columns, i), x + row * x_row + i, x_row, w,              \
                      (depthwise_change){bias, added ? added + at : NULL, relu}, y + at, columns); \
  }
  DEPTHWISE_BLOCKS(DEPTHWISE_ROWS)
  DEPTHWISE_BLOCKS(2)
  DEPTHWISE_BLOCKS(1)
#undef DEPTHWISE_BLOCKS
}
