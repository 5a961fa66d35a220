// Transposition in blocks of 16 x 16, which is also how images change between planes and interleaved channels.
#include "simd/transpose.h"
#include "simd/v16.h"

// In every group of four lanes: the first (second) halves of a and b, interleaved or joined.
#define UNPACK_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define UNPACK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define JOIN_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define JOIN_HIGH(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
// Groups of four lanes: the even (odd) groups of a, then those of b.
#define EVEN_GROUPS(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_GROUPS(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

CK_INLINE void transpose_16x16(v16 row[16]) {
  v16 quad[16]; // quad[4q + c]: in group g, column 4g + c of rows 4q ... 4q + 3
  CK_UNROLL for (int q = 0; q < 16; q += 4) {
    const v16 low0 = UNPACK_LOW(row[q], row[q + 1]), high0 = UNPACK_HIGH(row[q], row[q + 1]);
    const v16 low1 = UNPACK_LOW(row[q + 2], row[q + 3]), high1 = UNPACK_HIGH(row[q + 2], row[q + 3]);
    quad[q] = JOIN_LOW(low0, low1);
    quad[q + 1] = JOIN_HIGH(low0, low1);
    quad[q + 2] = JOIN_LOW(high0, high1);
    quad[q + 3] = JOIN_HIGH(high0, high1);
  }
  CK_UNROLL for (int c = 0; c < 4; c++) {
    const v16 even0 = EVEN_GROUPS(quad[c], quad[4 + c]), even1 = EVEN_GROUPS(quad[8 + c], quad[12 + c]);
    const v16 odd0 = ODD_GROUPS(quad[c], quad[4 + c]), odd1 = ODD_GROUPS(quad[8 + c], quad[12 + c]);
    row[c] = EVEN_GROUPS(even0, even1);
    row[8 + c] = ODD_GROUPS(even0, even1);
    row[4 + c] = EVEN_GROUPS(odd0, odd1);
    row[12 + c] = ODD_GROUPS(odd0, odd1);
  }
}

// to[j * to_row + i] = from[i * from_row + j] for i < rows, j < columns, changed on the way as `change` says; the lanes
// from `rows` up to `width` of each row of `to` become zero. rows <= width <= rows rounded up to 16.
static void transpose(ptrdiff_t rows, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                      const ck_transpose_change *change, float *restrict to, ptrdiff_t to_row, ptrdiff_t width) {
  const float *mask = change ? change->mask : NULL, *bias = change ? change->bias : NULL;
  const bool relu = change && change->relu;
  for (ptrdiff_t i = 0; i < rows; i += CK_LANES) {
    const ptrdiff_t height = ck_lanes_left(rows, i), wide = ck_lanes_left(width, i);
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t depth = ck_lanes_left(columns, j), start = i * from_row + j;
      float *target = to + j * to_row + i;
      v16 block[CK_LANES];
      if (height == CK_LANES && depth == CK_LANES) {
        CK_UNROLL for (int r = 0; r < CK_LANES; r++) block[r] = v16_load(from + start + r * from_row);
      } else {
        CK_UNROLL for (int r = 0; r < CK_LANES; r++) block[r] =
            r < height ? v16_load_n(from + start + r * from_row, depth) : v16_splat(0.0f);
      }
      if (mask)
        CK_UNROLL for (int r = 0; r < CK_LANES; r++) if (r < height) block[r] =
            v16_select(v16_load_part(mask + start + r * from_row, depth) > 0.0f, block[r], v16_splat(0.0f));
      transpose_16x16(block);
      if (bias)
        CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (c < depth) block[c] += bias[j + c];
      if (relu)
        CK_UNROLL for (int c = 0; c < CK_LANES; c++) block[c] = v16_max(v16_splat(0.0f), block[c]);
      if (wide == CK_LANES && depth == CK_LANES) {
        CK_UNROLL for (int c = 0; c < CK_LANES; c++) v16_store(target + c * to_row, block[c]);
      } else {
        CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (c < depth) v16_store_n(target + c * to_row, block[c], wide);
      }
    }
  }
}
