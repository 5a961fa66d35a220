// The weights' gradient of a convolution with one channel: sixteen filters in the lanes, the sum of each tap in a
// register. Pixels go two by two rows and columns, so that a pooled gradient, which belongs to one of four, makes the
// same chains of sums by itself.
#include "simd/v16.h"

#define SINGLE_CHANNEL_MOST_TAPS 25

// How many of the kernel's rows are summed at once: as many as there are registers for. With all of them the compiler
// would keep more of x at hand than fits, were pixels unrolled.
#if CK_WINDOW_SUMS >= 9
#define SINGLE_CHANNEL_ROWS(SIDE) (SIDE)
#define SINGLE_CHANNEL_PIXELS _Pragma("clang loop unroll(disable)")
#else
#define SINGLE_CHANNEL_ROWS(SIDE) 1
#define SINGLE_CHANNEL_PIXELS CK_UNROLL
#endif

// dw[tap][16] += the first `count` sums; taps are `dw_tap` floats apart.
CK_INLINE void add_to_taps(const int count, const v16 *sum, float *dw, ptrdiff_t dw_tap) {
  CK_UNROLL for (int t = 0; t < count; t++) v16_store(dw + t * dw_tap, v16_load(dw + t * dw_tap) + sum[t]);
}

// sum += d times what `rows` rows of `side` taps see.
CK_INLINE void add_products(const int side, const int rows, v16 d, const float *x, ptrdiff_t x_row, v16 *sum) {
  CK_UNROLL for (int t = 0; t < rows * side; t++) sum[t] =
      v16_fma(d, v16_splat(x[t / side * x_row + t % side]), sum[t]);
}

// From rows x columns gradients, both even.
CK_INLINE void single_channel_weights(const int side, ptrdiff_t rows, ptrdiff_t columns, const float *dy,
                                      ptrdiff_t dy_row, ptrdiff_t dy_pixel, const float *x, ptrdiff_t x_row, float *dw,
                                      ptrdiff_t dw_tap) {
  const int at_once = SINGLE_CHANNEL_ROWS(side);
  for (int first = 0; first < side; first += at_once, x += at_once * x_row, dw += at_once * side * dw_tap) {
    v16 sum[SINGLE_CHANNEL_MOST_TAPS];
    CK_UNROLL for (int t = 0; t < at_once * side; t++) sum[t] = v16_splat(0.0f);
    for (ptrdiff_t y = 0; y < rows; y += 2) {
      for (ptrdiff_t c = 0; c < columns; c += 2) {
        SINGLE_CHANNEL_PIXELS for (int p = 0; p < 4; p++) {
          const ptrdiff_t row = y + p / 2, column = c + p % 2;
          add_products(side, at_once, v16_load(dy + row * dy_row + column * dy_pixel), x + row * x_row + column, x_row,
                       sum);
        }
      }
    }
    add_to_taps(at_once * side, sum, dw, dw_tap);
  }
}

// What `side` neighbouring taps see, each lane in its own of four pixels: `where` says which.
CK_INLINE void look_up_taps(const int side, const float *from, ptrdiff_t x_row, v16i where, v16 *seen) {
#if defined(CK_ISA_HAS_LOOKUP)
  const v16 table = v16_of_halves(v16_load_n(from, side + 1), v16_load_n(from + x_row, side + 1));
  v16i index = (where & 1) | (where >> 1) << 3;
  CK_UNROLL for (int kx = 0; kx < side; kx++, index += 1) seen[kx] = v16_lookup(table, index);
#else
  const v16i right = (where & 1) != 0, below = where > 1;
  CK_UNROLL for (int kx = 0; kx < side; kx++) {
    const float *at = from + kx;
    seen[kx] = v16_select(below, v16_select(right, v16_splat(at[x_row + 1]), v16_splat(at[x_row])),
                          v16_select(right, v16_splat(at[1]), v16_splat(at[0])));
  }
#endif
}

// The same from rows x columns pooled gradients, `pixel` floats and places apart.
CK_INLINE void single_channel_pooled(const int side, ptrdiff_t rows, ptrdiff_t columns, const float *pooled,
                                     const uint8_t *argmax, ptrdiff_t pixel, const float *x, ptrdiff_t x_row, float *dw,
                                     ptrdiff_t dw_tap) {
  const int at_once = SINGLE_CHANNEL_ROWS(side);
  for (int first = 0; first < side; first += at_once, x += at_once * x_row, dw += at_once * side * dw_tap) {
    v16 sum[SINGLE_CHANNEL_MOST_TAPS];
    CK_UNROLL for (int t = 0; t < at_once * side; t++) sum[t] = v16_splat(0.0f);
    for (ptrdiff_t y = 0; y < rows; y++) {
      for (ptrdiff_t c = 0; c < columns; c++) {
        const ptrdiff_t at = (y * columns + c) * pixel;
        const v16 d = v16_load(pooled + at);
        const v16i where = __builtin_convertvector(*(const v16b_unaligned *)(argmax + at), v16i);
        CK_UNROLL for (int ky = 0; ky < at_once; ky++) {
          v16 seen[5];
          look_up_taps(side, x + (2 * y + ky) * x_row + 2 * c, x_row, where, seen);
          CK_UNROLL for (int kx = 0; kx < side; kx++) sum[ky * side + kx] = v16_fma(d, seen[kx], sum[ky * side + kx]);
        }
      }
    }
    add_to_taps(at_once * side, sum, dw, dw_tap);
  }
}

#define SINGLE_CHANNEL_WEIGHTS(SIDE)                                                                                 \
  static void single_channel_weights_##SIDE(ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t dy_row,    \
                                            ptrdiff_t dy_pixel, const float *x, ptrdiff_t x_row, float *restrict dw, \
                                            ptrdiff_t dw_tap) {                                                      \
    single_channel_weights(SIDE, rows, columns, dy, dy_row, dy_pixel, x, x_row, dw, dw_tap);                         \
  }
SINGLE_CHANNEL_WEIGHTS(3)
SINGLE_CHANNEL_WEIGHTS(5)

#define SINGLE_CHANNEL_POOLED(SIDE)                                                                                 \
  static void single_channel_pooled_##SIDE(ptrdiff_t rows, ptrdiff_t columns, const float *pooled,                  \
                                           const uint8_t *argmax, ptrdiff_t pixel, const float *x, ptrdiff_t x_row, \
                                           float *restrict dw, ptrdiff_t dw_tap) {                                  \
    single_channel_pooled(SIDE, rows, columns, pooled, argmax, pixel, x, x_row, dw, dw_tap);                        \
  }
SINGLE_CHANNEL_POOLED(3)
SINGLE_CHANNEL_POOLED(5)
