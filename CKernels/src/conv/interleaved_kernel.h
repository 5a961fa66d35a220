// What happens to images with interleaved channels, in groups of sixteen, before and after a convolution's tiles.
#include "simd/v16.h"

// Bias, 2 x 2 max pooling and ReLU of rows x columns pixels, both even; `argmax` says which pixel of four was largest,
// `argmax_pixel` bytes from one pixel's to the next.
static void interleaved_pool_forward(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t filters, const float *restrict from,
                                     const float *restrict bias, float *restrict to, uint8_t *restrict argmax,
                                     ptrdiff_t argmax_pixel) {
  const ptrdiff_t lanes = (filters + CK_LANES - 1) / CK_LANES * CK_LANES;
  for (ptrdiff_t f = 0; f < filters; f += CK_LANES) {
    const v16 add = bias ? v16_load_first(bias + f, ck_lanes_left(filters, f)) : v16_splat(-0.0f); // x + -0 is x
    for (ptrdiff_t y = 0; y < rows / 2; y++) {
      const float *top = from + 2 * y * columns * lanes + f, *bottom = top + columns * lanes;
      for (ptrdiff_t x = 0; x < columns / 2; x++) {
        const ptrdiff_t pixel = 2 * x * lanes, out = y * (columns / 2) + x;
        v16 best = v16_load(top + pixel) + add;
        v16i where = 0;
        v16_take_larger(v16_load(top + pixel + lanes) + add, 1, &best, &where);
        v16_take_larger(v16_load(bottom + pixel) + add, 2, &best, &where);
        v16_take_larger(v16_load(bottom + pixel + lanes) + add, 3, &best, &where);
        v16_store(to + out * lanes + f, v16_max(v16_splat(0.0f), best));
        *(v16b_unaligned *)(argmax + out * argmax_pixel + f) = __builtin_convertvector(where, v16b);
      }
    }
  }
}

// The same of pixels to which bias and activation were applied already. `kept` becomes what is in `input` where the
// largest of four was; or both are NULL.
static void interleaved_pool_activated(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *restrict from,
                                       const float *restrict input, float *restrict to, uint8_t *restrict argmax,
                                       ptrdiff_t argmax_pixel, float *restrict kept) {
  for (ptrdiff_t y = 0; y < rows / 2; y++) {
    for (ptrdiff_t x = 0; x < columns / 2; x++) {
      for (ptrdiff_t f = 0; f < lanes; f += CK_LANES) {
        const ptrdiff_t pixel = y * (columns / 2) + x, out = pixel * lanes + f;
        const ptrdiff_t top = (2 * y * columns + 2 * x) * lanes + f, bottom = top + columns * lanes;
        v16 best = v16_load(from + top);
        v16i where = 0;
        v16_take_larger(v16_load(from + top + lanes), 1, &best, &where);
        v16_take_larger(v16_load(from + bottom), 2, &best, &where);
        v16_take_larger(v16_load(from + bottom + lanes), 3, &best, &where);
        v16_store(to + out, best);
        *(v16b_unaligned *)(argmax + pixel * argmax_pixel + f) = __builtin_convertvector(where, v16b);
        if (kept) {
          const v16 above = v16_select(where == 0, v16_load(input + top), v16_load(input + top + lanes));
          const v16 below = v16_select(where == 2, v16_load(input + bottom), v16_load(input + bottom + lanes));
          v16_store(kept + out, v16_select(where < 2, above, below));
        }
      }
    }
  }
}

// The way back: each of rows x columns gradients goes to the pixel that was the largest of its four, zeros to the
// others. `to` has rows `to_row` floats apart.
static void interleaved_pool_backward(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *restrict from,
                                      const uint8_t *restrict argmax, float *restrict to, ptrdiff_t to_row) {
  for (ptrdiff_t y = 0; y < rows; y++) {
    for (ptrdiff_t x = 0; x < columns; x++) {
      float *pixel = to + 2 * y * to_row + 2 * x * lanes;
      for (ptrdiff_t f = 0; f < lanes; f += CK_LANES) {
        const ptrdiff_t at = (y * columns + x) * lanes + f;
        const v16 d = v16_load(from + at), zero = v16_splat(0.0f);
        const v16i where = __builtin_convertvector(*(const v16b_unaligned *)(argmax + at), v16i);
        v16_store(pixel + f, v16_select(where == 0, d, zero));
        v16_store(pixel + lanes + f, v16_select(where == 1, d, zero));
        v16_store(pixel + to_row + f, v16_select(where == 2, d, zero));
        v16_store(pixel + to_row + lanes + f, v16_select(where == 3, d, zero));
      }
    }
  }
}

// total[f] += the sum over all pixels, in two interleaved chains a row.
static void interleaved_sum(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *restrict from,
                            ptrdiff_t from_row, float *restrict total) {
  for (ptrdiff_t f = 0; f < lanes; f += CK_LANES) {
    v16 even = v16_splat(0.0f), odd = v16_splat(0.0f);
    for (ptrdiff_t y = 0; y < rows; y++) {
      const float *pixel = from + y * from_row + f;
      ptrdiff_t x = 0;
      for (; x + 2 <= columns; x += 2, pixel += 2 * lanes) {
        even += v16_load(pixel);
        odd += v16_load(pixel + lanes);
      }
      if (x < columns)
        even += v16_load(pixel);
    }
    v16_store(total + f, v16_load(total + f) + (even + odd));
  }
}

// The same sum before pooling is undone: of rows x columns gradients each counts for the pixel that was the largest of
// four, in the place where that one comes.
static void interleaved_pooled_sum(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *restrict from,
                                   const uint8_t *restrict argmax, float *restrict total) {
  const v16 zero = v16_splat(0.0f);
  for (ptrdiff_t f = 0; f < lanes; f += CK_LANES) {
    v16 even = zero, odd = zero;
    for (ptrdiff_t y = 0; y < rows; y++) {
      for (int32_t row = 0; row < 2; row++) {
        for (ptrdiff_t x = 0; x < columns; x++) {
          const ptrdiff_t at = (y * columns + x) * lanes + f;
          const v16 d = v16_load(from + at);
          const v16i where = __builtin_convertvector(*(const v16b_unaligned *)(argmax + at), v16i);
          even += v16_select(where == 2 * row, d, zero);
          odd += v16_select(where == 2 * row + 1, d, zero);
        }
      }
    }
    v16_store(total + f, v16_load(total + f) + (even + odd));
  }
}
