// The windows of pooling: where they lie, and their sums.
#ifndef CK_POOL_WINDOW_H
#define CK_POOL_WINDOW_H

#include "simd/v16.h"

enum { SMALL_WINDOW = 256 }; // elements

// The part of a window that lies inside the plane, along one axis.
typedef struct {
  ptrdiff_t start, first, end; // where the window starts (may be negative); its first and past-the-last valid places
} window_span;

CK_INLINE window_span span_at(ptrdiff_t out, ptrdiff_t stride, ptrdiff_t pad, ptrdiff_t window, ptrdiff_t size) {
  const ptrdiff_t start = out * stride - pad;
  return (window_span){start, start < 0 ? -start : 0, start + window > size ? size - start : window};
}

// The sum of so many rows of a window, in lanes.
CK_INLINE float window_sum(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t row) {
  v16 total = v16_splat(0.0f);
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES)
      total += v16_load_first(x + i * row + j, ck_lanes_left(columns, j));
  return v16_sum(total);
}

// The same as a chain, which is the quicker and no less exact where windows are small.
CK_INLINE float small_window_sum(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t row) {
  float total = 0.0f;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j++)
      total += x[i * row + j];
  return total;
}

#endif
