// Products at medium precision: numbers are rounded to bf16, their products summed in fp32.
//
// Two bf16 numbers that are neighbours along k share a cell of 32 bits. Tiles, offset tables and drivers count in
// cells, so that what is written for floats (a cell is one number) multiplies pairs as well.
#ifndef CK_GEMM_PAIRS_H
#define CK_GEMM_PAIRS_H

#include "ck_context.h"
#include "gemm/tile.h"
#include "isa/kernel_set.h"

// Numbers beyond `depth` count as zero; so do the lanes from `columns` or `rows` up to `width`, at most a multiple
// of 16. `cells` are 32 bits each and only ever moved as floats.
typedef struct ck_pair_kernels {
  const ck_tile_kernels *tiles;
  // cells[r][q] = (from[r][2q], from[r][2q + 1])
  void (*along)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *cells,
                ptrdiff_t cells_row);
  // cells[q][j] = (from[2q][j], from[2q + 1][j])
  void (*across)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *cells,
                 ptrdiff_t cells_row, ptrdiff_t width);
  // cells[q][r] = (from[r][2q], from[r][2q + 1])
  void (*transposed)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *cells,
                     ptrdiff_t cells_row, ptrdiff_t width);
} ck_pair_kernels;

#if defined(__x86_64__)
extern const ck_pair_kernels ck_pairs_avx512;
#endif

static inline const ck_tile_kernels *ck_tiles(const ck_context *context) {
  return context->pairs ? context->pairs->tiles : context->kernels->tiles;
}
// Numbers in a cell.
static inline ptrdiff_t ck_per_cell(const ck_context *context) { return context->pairs ? 2 : 1; }

#endif
