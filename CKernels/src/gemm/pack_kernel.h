// Packing copies a block of a matrix into the order in which the tile kernels read it.
#include "simd/transpose_kernel.h"

// Packs NR panels of CK_LANES columns, to[panel][k][CK_LANES]; columns beyond `columns` are zero.
static void pack_b_panels(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                          float *restrict to) {
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES, to += depth * CK_LANES) {
    const ptrdiff_t wide = columns - j < CK_LANES ? columns - j : CK_LANES;
    for (ptrdiff_t k = 0; k < depth; k++) {
      const float *source = from + k * from_row + j;
      v16_store(to + k * CK_LANES, wide == CK_LANES ? v16_load(source) : v16_load_n(source, wide));
    }
  }
}

// Packs the same from the transposed matrix, whose rows are the columns wanted.
static void pack_b_panels_transposed(ptrdiff_t depth, ptrdiff_t columns, const float *restrict from, ptrdiff_t from_row,
                                     float *restrict to) {
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES, to += depth * CK_LANES) {
    const ptrdiff_t wide = columns - j < CK_LANES ? columns - j : CK_LANES;
    transpose(wide, depth, from + j * from_row, from_row, NULL, to, CK_LANES, CK_LANES);
  }
}

// Packs one MR panel of at most CK_LANES rows, to[k][rows].
static void pack_a_panel(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                         float *restrict to) {
  transpose(rows, depth, from, from_row, NULL, to, rows, rows);
}

// Packs the same from the transposed matrix, whose columns are the rows wanted.
static void pack_a_panel_transposed(ptrdiff_t rows, ptrdiff_t depth, const float *restrict from, ptrdiff_t from_row,
                                    float *restrict to) {
  for (ptrdiff_t k = 0; k < depth; k++)
    v16_store_n(to + k * rows, v16_load_n(from + k * from_row, rows), rows);
}
