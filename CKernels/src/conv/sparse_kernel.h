// The weights' gradient from a sparse output gradient: see conv/weights_sparse.c.
#include "simd/transpose_16x16.h"

// Compacts the gradient of rows x columns pixels for each of sixteen filters: `count` says how many pixels have one,
// `window` where their windows start, which is `start` of each pixel, and `gradient` what it is. Each filter has room
// for `capacity` pixels, which are stored sixteen at a time, at most fifteen too many. `start` has sixteen more as
// well.
static void compact_gradient(ptrdiff_t rows, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                             ptrdiff_t from_pixel, const int32_t *restrict start, ptrdiff_t capacity,
                             ptrdiff_t *restrict count, int32_t *restrict window, float *restrict gradient) {
  const ptrdiff_t pixels = rows * columns, wrap = from_row - columns * from_pixel;
  memset(count, 0, CK_LANES * sizeof *count);
  for (ptrdiff_t first = 0, x = 0; first < pixels; first += CK_LANES) {
    v16 block[CK_LANES];
    CK_UNROLL for (int r = 0; r < CK_LANES; r++) {
      block[r] = first + r < pixels ? v16_load(from) : v16_splat(0.0f);
      const bool ends = ++x == columns;
      x = ends ? 0 : x;
      from += from_pixel + (ends ? wrap : 0);
    }
    transpose_16x16(block);
    const v16i starts = *(const v16i_unaligned *)(start + first);
    CK_UNROLL for (int f = 0; f < CK_LANES; f++) {
      const uint32_t nonzero = v16i_mask(block[f] != 0.0f);
      const ptrdiff_t at = f * capacity + count[f];
      v16_compress(gradient + at, v16_bits(block[f]), nonzero);
      v16_compress(window + at, starts, nonzero);
      count[f] += __builtin_popcount(nonzero);
    }
  }
}

// rows x panels of the sums below, both constants at each call; the last panel has `last` columns.
CK_INLINE void add_windows_tile(ptrdiff_t count, const int32_t *window, const float *gradient, const float *x,
                                ptrdiff_t x_row, const int rows, const int panels, ptrdiff_t last, float *to,
                                ptrdiff_t to_row) {
  v16 sum[CK_WINDOW_SUMS];
  CK_UNROLL for (int i = 0; i < rows * panels; i++) sum[i] = v16_splat(0.0f);
  for (ptrdiff_t n = 0; n < count; n++) {
    const v16 d = v16_splat(gradient[n]);
    const float *from = x + window[n];
    CK_UNROLL for (int r = 0; r < rows; r++) {
      CK_UNROLL for (int s = 0; s < panels; s++) sum[r * panels + s] =
          v16_fma(d, v16_load(from + r * x_row + s * CK_LANES), sum[r * panels + s]);
    }
  }
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int s = 0; s < panels; s++) {
      float *at = to + r * to_row + s * CK_LANES;
      const ptrdiff_t lanes = s + 1 < panels ? CK_LANES : last;
      v16_store_first(at, sum[r * panels + s] + v16_load_first(at, lanes), lanes);
    }
  }
}

#define ADD_WINDOWS(ROWS, PANELS) \
  add_windows_tile(count, window, gradient, from, x_row, ROWS, PANELS, ck_lanes_left(columns, last), at, columns)

// to[r][i] += the sum over n of gradient[n] * x[window[n] + r * x_row + i], a chain in ascending order. x is read up to
// the end of each row's last panel of sixteen.
static void add_windows(ptrdiff_t count, const int32_t *restrict window, const float *restrict gradient,
                        const float *restrict x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t columns,
                        float *restrict to) {
  const bool many = CK_WINDOW_SUMS >= 9; // registers for so many sums
  for (ptrdiff_t r = 0, high; r < rows; r += high) {
    high = many && rows - r >= 3 ? 3 : 1;
    for (ptrdiff_t i = 0, panels; i < columns; i += panels * CK_LANES) {
      const ptrdiff_t left = (columns - i + CK_LANES - 1) / CK_LANES;
      panels = many && high == 1 && left >= 9 ? 9 : many && high == 1 && left >= 6 ? 6 : left >= 3 ? 3 : left;
      const ptrdiff_t last = i + (panels - 1) * CK_LANES;
      const float *from = x + r * x_row + i;
      float *at = to + r * columns + i;
      if (many && panels == 9)
        ADD_WINDOWS(1, 9);
      else if (many && panels == 6)
        ADD_WINDOWS(1, 6);
      else if (many && high == 3 && panels == 3)
        ADD_WINDOWS(3, 3);
      else if (many && high == 3 && panels == 2)
        ADD_WINDOWS(3, 2);
      else if (many && high == 3)
        ADD_WINDOWS(3, 1);
      else if (panels == 3)
        ADD_WINDOWS(1, 3);
      else if (panels == 2)
        ADD_WINDOWS(1, 2);
      else
        ADD_WINDOWS(1, 1);
    }
  }
}
