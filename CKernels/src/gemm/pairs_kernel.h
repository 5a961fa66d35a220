// Rounding to bf16 and pairing, see gemm/pairs.h.
#include "gemm/pairs.h"
#include "simd/transpose_16x16.h"

// Thirty-two numbers as bf16, rounded to nearest even, those of `low` first. A finite number stays finite: between the
// largest bf16 and the largest float it becomes the former instead of infinity.
CK_INLINE __m512i to_bf16(v16 low, v16 high) {
  const v16i largest = 0x7f7f0000, beyond = 0x7f7f8000, infinite = 0x7f800000;
  v16i v[2] = {v16_bits(low), v16_bits(high)};
  CK_UNROLL for (int i = 0; i < 2; i++) {
    const v16i size = v[i] & 0x7fffffff;
    v[i] -= (size - largest) & (size >= beyond) & (size < infinite);
  }
  return (__m512i)_mm512_cvtne2ps_pbh((__m512)v[1], (__m512)v[0]);
}
CK_INLINE v16 pairs_along(v16 low, v16 high) { return (v16)to_bf16(low, high); }
CK_INLINE v16 pairs_across(v16 first, v16 second) {
  const __m512i alternating = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                               6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return (v16)_mm512_permutexvar_epi16(alternating, to_bf16(first, second));
}

// `n` numbers of a row, zero beyond: n may be anything from below zero to above 16.
CK_INLINE v16 load_up_to(const float *p, ptrdiff_t n) {
  return n >= CK_LANES ? v16_load(p) : n > 0 ? v16_load_n(p, n) : v16_splat(0.0f);
}

static void along(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                  float *restrict cells, ptrdiff_t cells_row) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t r = 0; r < rows; r++, from += from_row, cells += cells_row) {
    ptrdiff_t q = 0;
    for (; 2 * (q + CK_LANES) <= depth; q += CK_LANES)
      v16_store(cells + q, pairs_along(v16_load(from + 2 * q), v16_load(from + 2 * q + CK_LANES)));
    if (q < count) {
      const ptrdiff_t left = depth - 2 * q;
      const v16 low = load_up_to(from + 2 * q, left), high = load_up_to(from + 2 * q + CK_LANES, left - CK_LANES);
      v16_store_n(cells + q, pairs_along(low, high), count - q);
    }
  }
}

static void across(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                   float *restrict cells, ptrdiff_t cells_row, ptrdiff_t width) {
  for (ptrdiff_t k = 0; k < depth; k += 2, from += 2 * from_row, cells += cells_row) {
    for (ptrdiff_t j = 0; j < width; j += CK_LANES) {
      const v16 first = load_up_to(from + j, columns - j);
      const v16 second = k + 1 < depth ? load_up_to(from + from_row + j, columns - j) : v16_splat(0.0f);
      v16_store_part(cells + j, pairs_across(first, second), ck_lanes_left(width, j));
    }
  }
}

static void along_transposed(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                             float *restrict cells, ptrdiff_t cells_row, ptrdiff_t width) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t i = 0; i < width; i += CK_LANES) {
    const ptrdiff_t wide = ck_lanes_left(width, i);
    for (ptrdiff_t q = 0; q < count; q += CK_LANES) {
      v16 block[CK_LANES];
      CK_UNROLL for (int r = 0; r < CK_LANES; r++) {
        const float *row = from + (i + r) * from_row + 2 * q;
        const ptrdiff_t left = i + r < rows ? depth - 2 * q : 0;
        block[r] = pairs_along(load_up_to(row, left), load_up_to(row + CK_LANES, left - CK_LANES));
      }
      transpose_16x16(block);
      CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (q + c < count)
          v16_store_part(cells + (q + c) * cells_row + i, block[c], wide);
    }
  }
}

static void across_transposed(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                              float *restrict cells, ptrdiff_t cells_row) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
    for (ptrdiff_t q = 0; q < count; q += CK_LANES) {
      v16 block[CK_LANES];
      CK_UNROLL for (int i = 0; i < CK_LANES; i++) {
        const ptrdiff_t k = 2 * (q + i);
        const float *row = from + k * from_row + j;
        const v16 first = load_up_to(row, k < depth ? columns - j : 0);
        const v16 second = load_up_to(row + from_row, k + 1 < depth ? columns - j : 0);
        block[i] = pairs_across(first, second);
      }
      transpose_16x16(block);
      CK_UNROLL for (int i = 0; i < CK_LANES; i++) if (j + i < columns)
          v16_store_part(cells + (j + i) * cells_row + q, block[i], ck_lanes_left(count, q));
    }
  }
}

// The entries of these in a table of pair kernels.
#define CK_PAIR_PACKING \
  .along = along, .across = across, .along_transposed = along_transposed, .across_transposed = across_transposed
