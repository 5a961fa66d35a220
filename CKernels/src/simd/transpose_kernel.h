// Transposition in blocks of 16 x 16, which is also how images change between planes and interleaved channels.
#include "simd/transpose.h"
#include "simd/transpose_16x16.h"

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
