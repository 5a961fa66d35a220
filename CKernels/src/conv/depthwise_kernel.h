// Depthwise convolutions: sixteen channels in the lanes, whose weights meet no other channel's pixels.
#include "simd/v16.h"

#if CK_WINDOW_SUMS >= 9
#define DEPTHWISE_PIXELS 8 // of a row that are summed at once
#define DEPTHWISE_TAPS 9   // of the weights' gradient
#else
#define DEPTHWISE_PIXELS 4
#define DEPTHWISE_TAPS 5
#endif

// to[i] = the sum over t, a chain in ascending order, of from[i + from_tap[t]] * w[w_tap[t]], for `count` pixels side
// by side; steps and offsets in floats.
CK_INLINE void depthwise_pixels(const int count, ptrdiff_t taps, const ptrdiff_t *from_tap, const ptrdiff_t *w_tap,
                                const float *from, ptrdiff_t from_pixel, const float *w, float *to,
                                ptrdiff_t to_pixel) {
  v16 sum[DEPTHWISE_PIXELS];
  CK_UNROLL for (int i = 0; i < count; i++) sum[i] = v16_splat(0.0f);
  for (ptrdiff_t t = 0; t < taps; t++) {
    const float *at = from + from_tap[t];
    const v16 weight = v16_load(w + w_tap[t]);
    CK_UNROLL for (int i = 0; i < count; i++) sum[i] = v16_fma(v16_load(at + i * from_pixel), weight, sum[i]);
  }
  CK_UNROLL for (int i = 0; i < count; i++) v16_store(to + i * to_pixel, sum[i]);
}

// A row of `pixels` of them.
static void depthwise_row(ptrdiff_t pixels, ptrdiff_t taps, const ptrdiff_t *restrict from_tap,
                          const ptrdiff_t *restrict w_tap, const float *restrict from, ptrdiff_t from_pixel,
                          const float *restrict w, float *restrict to, ptrdiff_t to_pixel) {
  ptrdiff_t i = 0;
#define DEPTHWISE_BLOCKS(COUNT)           \
  for (; i + COUNT <= pixels; i += COUNT) \
    depthwise_pixels(COUNT, taps, from_tap, w_tap, from + i * from_pixel, from_pixel, w, to + i * to_pixel, to_pixel);
#if DEPTHWISE_PIXELS > 4
  DEPTHWISE_BLOCKS(DEPTHWISE_PIXELS)
#endif
  DEPTHWISE_BLOCKS(4)
  DEPTHWISE_BLOCKS(2)
  DEPTHWISE_BLOCKS(1)
#undef DEPTHWISE_BLOCKS
}

// dw[t] += the sum over rows x columns pixels, a chain in their order, of dy[i] * x[i + x_tap[t]], for `count` taps.
CK_INLINE void depthwise_taps(const int count, ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t dy_row,
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
#define DEPTHWISE_BLOCKS(COUNT)         \
  for (; t + COUNT <= taps; t += COUNT) \
    depthwise_taps(COUNT, rows, columns, dy, dy_row, dy_pixel, x, x_row, x_pixel, x_tap + t, dw + t * dw_tap, dw_tap);
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
