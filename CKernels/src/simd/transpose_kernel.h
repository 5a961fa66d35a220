// Transposition in blocks of 16 x 16, which is also how images change between planes and interleaved channels.
#include "simd/transpose.h"
#include "simd/transpose_16x16.h"

// One block: rows `from`, of which `height` are valid, each `depth` long; `whole` says that both are 16, and `wide`
// too, the lanes to store. Returns the target of the next block's first column; `place` counts columns since the last
// gap; where something is added there are none.
CK_INLINE float *transpose_block(const bool whole, ptrdiff_t height, ptrdiff_t depth, ptrdiff_t wide,
                                 const float *restrict from, ptrdiff_t from_row, const float *mask, const float *bias,
                                 const float *added, const ck_transpose_change *change, float *restrict to,
                                 ptrdiff_t to_row, ptrdiff_t *place) {
  v16 block[CK_LANES];
  CK_UNROLL for (int r = 0; r < CK_LANES; r++) {
    block[r] = v16_splat(0.0f);
    if (whole || r < height) {
      block[r] = whole ? v16_load(from + r * from_row) : v16_load_n(from + r * from_row, depth);
      if (mask) {
        const v16 above = whole ? v16_load(mask + r * from_row) : v16_load_n(mask + r * from_row, depth);
        block[r] = v16_select(above > 0.0f, block[r], v16_splat(0.0f));
      }
    }
  }
  transpose_16x16(block);
  if (bias)
    CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (whole || c < depth) block[c] += bias[c];
  if (added)
    CK_UNROLL for (int c = 0; c < CK_LANES; c++) if (whole || c < depth) block[c] +=
        v16_load_first(added + c * to_row, whole ? CK_LANES : wide);
  if (change->relu)
    CK_UNROLL for (int c = 0; c < CK_LANES; c++) block[c] = v16_max(v16_splat(0.0f), block[c]);
  CK_UNROLL for (int c = 0; c < CK_LANES; c++) {
    if (whole)
      v16_store(to, block[c]);
    else if (c < depth)
      v16_store_n(to, block[c], wide);
    to += to_row;
    const bool gap = ++*place == change->run;
    *place = gap ? 0 : *place;
    to += gap ? change->gap : 0;
  }
  return to;
}

// to[j * to_row + i] = from[i * from_row + j] for i < rows, j < columns, changed on the way as `change` says; the lanes
// from `rows` up to `width` of each row of `to` become zero. rows <= width <= rows rounded up to CK_LANES.
static void transpose(ptrdiff_t rows, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                      const ck_transpose_change *change, float *restrict to, ptrdiff_t to_row, ptrdiff_t width) {
  static const ck_transpose_change none = {0};
  if (change == NULL)
    change = &none;
  for (ptrdiff_t i = 0; i < rows; i += CK_LANES) {
    const ptrdiff_t height = ck_lanes_left(rows, i), wide = ck_lanes_left(width, i);
    float *target = to + i;
    ptrdiff_t place = 0;
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t depth = ck_lanes_left(columns, j), start = i * from_row + j;
      const float *mask = change->mask ? change->mask + start : NULL, *bias = change->bias ? change->bias + j : NULL;
      const float *added = change->added ? change->added + (target - to) : NULL;
      const bool whole = height == CK_LANES && depth == CK_LANES && wide == CK_LANES;
      target = whole ? transpose_block(true, CK_LANES, CK_LANES, CK_LANES, from + start, from_row, mask, bias, added,
                                       change, target, to_row, &place)
                     : transpose_block(false, height, depth, wide, from + start, from_row, mask, bias, added, change,
                                       target, to_row, &place);
    }
  }
}
