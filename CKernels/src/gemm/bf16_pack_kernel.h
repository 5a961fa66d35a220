// Numbers are rounded to bf16 and packed in pairs, as dispatch/bf16_kernels.h has it.
#include "dispatch/bf16_kernels.h"
#include "simd/transpose_16x16.h"

// Sizes as bits: the largest bf16, the least float that rounds to more, infinity.
enum { BF16_LARGEST = 0x7f7f0000, BF16_BEYOND = 0x7f7f8000, INFINITE = 0x7f800000 };

// Rounds thirty-two numbers to the nearest even bf16, those of `first` first. A finite number stays finite: between
// the largest bf16 and the largest float it becomes the former instead of infinity.
CK_INLINE __m512i to_bf16(v16 first, v16 second) {
  v16i v[2] = {v16_bits(first), v16_bits(second)};
  CK_UNROLL for (int i = 0; i < 2; i++) {
    const v16i size = v[i] & 0x7fffffff;
    v[i] -= (size - BF16_LARGEST) & (size >= BF16_BEYOND) & (size < INFINITE);
  }
  return (__m512i)_mm512_cvtne2ps_pbh((__m512)v[1], (__m512)v[0]);
}

// Rounds the residual, what to_bf16 took away, which is exact in fp32. It is zero where a number is not finite; beyond
// the largest bf16 it is rounded towards zero, for the sum of both terms must stay finite as well.
CK_INLINE __m512i residual_to_bf16(v16 first, v16 second) {
  const __m512i rounded = to_bf16(first, second);
  const __m256i halves[2] = {_mm512_castsi512_si256(rounded), _mm512_extracti64x4_epi64(rounded, 1)};
  v16 v[2] = {first, second};
  CK_UNROLL for (int i = 0; i < 2; i++) {
    const v16i size = v16_bits(v[i]) & 0x7fffffff;
    const v16 high = (v16)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves[i]), 16);
    v[i] = v16_from_bits(v16_bits(v[i] - high) & (size < INFINITE) & ~((size >= BF16_BEYOND) & 0xffff));
  }
  return (__m512i)_mm512_cvtne2ps_pbh((__m512)v[1], (__m512)v[0]);
}

// Of two terms `lo` takes the residual; it is a constant at each call.
CK_INLINE v16 pairs_along(v16 first, v16 second, const bool lo) {
  return (v16)(lo ? residual_to_bf16(first, second) : to_bf16(first, second));
}
CK_INLINE v16 pairs_across(v16 first, v16 second, const bool lo) {
  const __m512i alternating = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                               6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return (v16)_mm512_permutexvar_epi16(alternating, (__m512i)pairs_along(first, second, lo));
}

// Loads n numbers of a row and zeros beyond; n may be anything from below zero to above CK_LANES.
CK_INLINE v16 load_up_to(const float *p, ptrdiff_t n) {
  return n >= CK_LANES ? v16_load(p) : n > 0 ? v16_load_n(p, n) : v16_splat(0.0f);
}

static void along(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                  float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t lo) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t r = 0; r < rows; r++, from += from_row, pairs += pairs_row) {
    ptrdiff_t q = 0;
    for (; 2 * (q + CK_LANES) <= depth; q += CK_LANES) {
      const v16 first = v16_load(from + 2 * q), second = v16_load(from + 2 * q + CK_LANES);
      v16_store(pairs + q, pairs_along(first, second, false));
      if (lo)
        v16_store(pairs + lo + q, pairs_along(first, second, true));
    }
    if (q < count) {
      const ptrdiff_t left = depth - 2 * q;
      const v16 first = load_up_to(from + 2 * q, left), second = load_up_to(from + 2 * q + CK_LANES, left - CK_LANES);
      v16_store_n(pairs + q, pairs_along(first, second, false), count - q);
      if (lo)
        v16_store_n(pairs + lo + q, pairs_along(first, second, true), count - q);
    }
  }
}

static void across(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                   float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t width, ptrdiff_t lo) {
  for (ptrdiff_t k = 0; k < depth; k += 2, from += 2 * from_row, pairs += pairs_row) {
    for (ptrdiff_t j = 0; j < width; j += CK_LANES) {
      const v16 first = load_up_to(from + j, columns - j);
      const v16 second = k + 1 < depth ? load_up_to(from + from_row + j, columns - j) : v16_splat(0.0f);
      v16_store_first(pairs + j, pairs_across(first, second, false), ck_lanes_left(width, j));
      if (lo)
        v16_store_first(pairs + lo + j, pairs_across(first, second, true), ck_lanes_left(width, j));
    }
  }
}

// Transposes a block of CK_LANES x CK_LANES pairs of one term: `rows` rows of `left` numbers become `count` rows of
// `wide` pairs; each of these may be less than a block or more.
CK_INLINE void along_transposed_block(ptrdiff_t rows, ptrdiff_t left, const float *restrict from, ptrdiff_t from_row,
                                      float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t count, ptrdiff_t wide,
                                      const bool lo) {
  v16 block[CK_LANES];
  CK_UNROLL for (int r = 0; r < CK_LANES; r++) {
    const float *row = from + r * from_row;
    const ptrdiff_t valid = r < rows ? left : 0;
    block[r] = pairs_along(load_up_to(row, valid), load_up_to(row + CK_LANES, valid - CK_LANES), lo);
  }
  transpose_16x16(block);
  CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (c < count) v16_store_first(pairs + c * pairs_row, block[c], wide);
}

static void along_transposed(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                             float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t width, ptrdiff_t lo) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t i = 0; i < width; i += CK_LANES) {
    const ptrdiff_t wide = ck_lanes_left(width, i);
    for (ptrdiff_t q = 0; q < count; q += CK_LANES) {
      const float *block = from + i * from_row + 2 * q;
      float *to = pairs + q * pairs_row + i;
      along_transposed_block(rows - i, depth - 2 * q, block, from_row, to, pairs_row, count - q, wide, false);
      if (lo)
        along_transposed_block(rows - i, depth - 2 * q, block, from_row, to + lo, pairs_row, count - q, wide, true);
    }
  }
}

// Does the same to `left` rows of `columns` numbers, which become `columns` rows of `wide` pairs.
CK_INLINE void across_transposed_block(ptrdiff_t left, ptrdiff_t columns, const float *restrict from,
                                       ptrdiff_t from_row, float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t wide,
                                       const bool lo) {
  v16 block[CK_LANES];
  CK_UNROLL for (int i = 0; i < CK_LANES; i++) {
    const float *row = from + 2 * i * from_row;
    const v16 first = load_up_to(row, 2 * i < left ? columns : 0);
    const v16 second = load_up_to(row + from_row, 2 * i + 1 < left ? columns : 0);
    block[i] = pairs_across(first, second, lo);
  }
  transpose_16x16(block);
  CK_UNROLL for (int i = 0; i < CK_LANES; i++) if (i < columns) v16_store_first(pairs + i * pairs_row, block[i], wide);
}

static void across_transposed(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                              float *restrict pairs, ptrdiff_t pairs_row, ptrdiff_t lo) {
  const ptrdiff_t count = (depth + 1) / 2;
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
    for (ptrdiff_t q = 0; q < count; q += CK_LANES) {
      const float *block = from + 2 * q * from_row + j;
      const ptrdiff_t left = depth - 2 * q, wide = ck_lanes_left(count, q);
      float *to = pairs + j * pairs_row + q;
      across_transposed_block(left, columns - j, block, from_row, to, pairs_row, wide, false);
      if (lo)
        across_transposed_block(left, columns - j, block, from_row, to + lo, pairs_row, wide, true);
    }
  }
}

// These functions' entries in a table of bf16 kernels.
#define CK_BF16_PACKING                                                                  \
  .pack_along = along, .pack_across = across, .pack_along_transposed = along_transposed, \
  .pack_across_transposed = across_transposed
