// Depthwise convolutions: sixteen channels in the lanes, whose weights meet no other channel's pixels.
#include "simd/v16.h"

#if CK_WINDOW_SUMS >= 9
#define DEPTHWISE_PIXELS 8      // of a row that are summed at once
#define DEPTHWISE_LONGEST_RUN 5 // of taps whose pixels are kept in registers
#define DEPTHWISE_TAPS 9        // of the weights' gradient
#else
#define DEPTHWISE_PIXELS 4
#define DEPTHWISE_LONGEST_RUN 1
#define DEPTHWISE_TAPS 5
#endif

// How a window's taps are found: steps and offsets are floats.
typedef struct {
  const ptrdiff_t *from, *w; // each tap's pixel and weights
  ptrdiff_t count;
} depthwise_taps;

// to[i] = the sum over all taps, a chain in ascending order, of from[i + taps.from] * w[taps.w], for `count` pixels
// side by side.
CK_INLINE void depthwise_pixels(const int count, depthwise_taps taps, const float *from, ptrdiff_t from_pixel,
                                const float *w, float *to, ptrdiff_t to_pixel) {
  v16 sum[DEPTHWISE_PIXELS];
  CK_UNROLL for (int i = 0; i < count; i++) sum[i] = v16_splat(0.0f);
  for (ptrdiff_t t = 0; t < taps.count; t++) {
    const float *at = from + taps.from[t];
    const v16 weight = v16_load(w + taps.w[t]);
    CK_UNROLL for (int i = 0; i < count; i++) sum[i] = v16_fma(v16_load(at + i * from_pixel), weight, sum[i]);
  }
  CK_UNROLL for (int i = 0; i < count; i++) v16_store(to + i * to_pixel, sum[i]);
}

// The same where taps come in runs of `run` that see neighbouring pixels, from left to right or, `backwards`, from
// right to left: a pixel is loaded once for all of them.
CK_INLINE void depthwise_runs(const int count, const int run, const bool backwards, depthwise_taps taps,
                              const float *from, ptrdiff_t from_pixel, const float *w, float *to, ptrdiff_t to_pixel) {
  v16 sum[DEPTHWISE_PIXELS];
  CK_UNROLL for (int i = 0; i < count; i++) sum[i] = v16_splat(0.0f);
  for (ptrdiff_t t = 0; t < taps.count; t += run) {
    const float *at = from + taps.from[backwards ? t + run - 1 : t];
    v16 pixel[DEPTHWISE_PIXELS + DEPTHWISE_LONGEST_RUN - 1];
    CK_UNROLL for (int i = 0; i < count + run - 1; i++) pixel[i] = v16_load(at + i * from_pixel);
    CK_UNROLL for (int k = 0; k < run; k++) {
      const v16 weight = v16_load(w + taps.w[t + k]);
      CK_UNROLL for (int i = 0; i < count; i++) sum[i] =
          v16_fma(pixel[backwards ? i + run - 1 - k : i + k], weight, sum[i]);
    }
  }
  CK_UNROLL for (int i = 0; i < count; i++) v16_store(to + i * to_pixel, sum[i]);
}

CK_INLINE void depthwise_columns(const int run, const bool backwards, ptrdiff_t columns, depthwise_taps taps,
                                 const float *from, ptrdiff_t from_pixel, const float *w, float *to,
                                 ptrdiff_t to_pixel) {
  ptrdiff_t i = 0;
#define DEPTHWISE_BLOCKS(COUNT)                                                                                       \
  for (; i + COUNT <= columns; i += COUNT) {                                                                          \
    if (run > 1)                                                                                                      \
      depthwise_runs(COUNT, run, backwards, taps, from + i * from_pixel, from_pixel, w, to + i * to_pixel, to_pixel); \
    else                                                                                                              \
      depthwise_pixels(COUNT, taps, from + i * from_pixel, from_pixel, w, to + i * to_pixel, to_pixel);               \
  }
#if DEPTHWISE_PIXELS > 4
  DEPTHWISE_BLOCKS(DEPTHWISE_PIXELS)
#endif
  DEPTHWISE_BLOCKS(4)
  DEPTHWISE_BLOCKS(2)
  DEPTHWISE_BLOCKS(1)
#undef DEPTHWISE_BLOCKS
}

// Those of rows x columns pixels. `run` says how many taps see neighbouring pixels, one step of `from` apart; below
// zero, from right to left.
static void depthwise_rows(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t taps, ptrdiff_t run,
                           const ptrdiff_t *restrict from_tap, const ptrdiff_t *restrict w_tap,
                           const float *restrict from, ptrdiff_t from_row, ptrdiff_t from_pixel,
                           const float *restrict w, float *restrict to, ptrdiff_t to_row, ptrdiff_t to_pixel) {
  const depthwise_taps t = {from_tap, w_tap, taps};
  for (ptrdiff_t y = 0; y < rows; y++, from += from_row, to += to_row) {
    switch (DEPTHWISE_LONGEST_RUN > 1 ? run : 1) {
#if DEPTHWISE_LONGEST_RUN > 1
    case 3:
      depthwise_columns(3, false, columns, t, from, from_pixel, w, to, to_pixel);
      break;
    case -3:
      depthwise_columns(3, true, columns, t, from, from_pixel, w, to, to_pixel);
      break;
    case 5:
      depthwise_columns(5, false, columns, t, from, from_pixel, w, to, to_pixel);
      break;
    case -5:
      depthwise_columns(5, true, columns, t, from, from_pixel, w, to, to_pixel);
      break;
#endif
    default:
      depthwise_columns(1, false, columns, t, from, from_pixel, w, to, to_pixel);
    }
  }
}

// dw[t] += the sum over rows x columns pixels, a chain in their order, of dy[i] * x[i + x_tap[t]], for `count` taps.
CK_INLINE void depthwise_tap_sums(const int count, ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t dy_row,
                                  ptrdiff_t dy_pixel, const float *x, ptrdiff_t x_row, ptrdiff_t x_pixel,
                                  const ptrdiff_t *x_tap, float *dw, ptrdiff_t dw_tap) {
  v16 sum[DEPTHWISE_TAPS];
  const float *seen[DEPTHWISE_TAPS];
  CK_UNROLL for (int t = 0; t < count; t++) {
    sum[t] = v16_splat(0.0f);
    seen[t] = x + x_tap[t];
  }
  for (ptrdiff_t y = 0; y < rows; y++) {
    const float *gradient = dy + y * dy_row;
    for (ptrdiff_t i = 0, at = y * x_row; i < columns; i++, at += x_pixel, gradient += dy_pixel) {
      const v16 d = v16_load(gradient);
      CK_UNROLL for (int t = 0; t < count; t++) sum[t] = v16_fma(d, v16_load(seen[t] + at), sum[t]);
    }
  }
  CK_UNROLL for (int t = 0; t < count; t++) v16_store(dw + t * dw_tap, v16_load(dw + t * dw_tap) + sum[t]);
}

// The same for any number of taps.
static void depthwise_weights(ptrdiff_t rows, ptrdiff_t columns, const float *restrict dy, ptrdiff_t dy_row,
                              ptrdiff_t dy_pixel, const float *restrict x, ptrdiff_t x_row, ptrdiff_t x_pixel,
                              ptrdiff_t taps, const ptrdiff_t *restrict x_tap, float *restrict dw, ptrdiff_t dw_tap) {
  ptrdiff_t t = 0;
#define DEPTHWISE_BLOCKS(COUNT)                                                                                   \
  for (; t + COUNT <= taps; t += COUNT)                                                                           \
    depthwise_tap_sums(COUNT, rows, columns, dy, dy_row, dy_pixel, x, x_row, x_pixel, x_tap + t, dw + t * dw_tap, \
                       dw_tap);
#if DEPTHWISE_TAPS > 5
  DEPTHWISE_BLOCKS(DEPTHWISE_TAPS)
#endif
  DEPTHWISE_BLOCKS(5)
  DEPTHWISE_BLOCKS(4)
  DEPTHWISE_BLOCKS(2)
  DEPTHWISE_BLOCKS(1)
#undef DEPTHWISE_BLOCKS
}

// Where each channel has `times` filters: each of its numbers so many times side by side, for all pixels.
static void repeat_channels(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t times, const float *restrict from,
                            ptrdiff_t from_pixel, float *restrict to, ptrdiff_t to_pixel) {
  for (ptrdiff_t i = 0; i < pixels; i++)
    for (ptrdiff_t c = 0; c < channels; c++)
      for (ptrdiff_t j = 0; j < times; j++)
        to[i * to_pixel + c * times + j] = from[i * from_pixel + c];
}

// And the way back: their sum, in ascending order.
static void sum_repeated(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t times, const float *restrict from,
                         ptrdiff_t from_pixel, float *restrict to, ptrdiff_t to_pixel) {
  for (ptrdiff_t i = 0; i < pixels; i++) {
    for (ptrdiff_t c = 0; c < channels; c++) {
      float sum = from[i * from_pixel + c * times];
      for (ptrdiff_t j = 1; j < times; j++)
        sum += from[i * from_pixel + c * times + j];
      to[i * to_pixel + c] = sum;
    }
  }
}
