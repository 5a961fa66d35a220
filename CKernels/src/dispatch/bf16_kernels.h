// Products below full precision: numbers are rounded to bf16, their products summed in fp32.
//
// Two bf16 numbers that are neighbours along k share a cell of 32 bits. Tiles, offset tables and drivers count in
// cells, so that what is written for floats (a cell is one number) multiplies pairs as well.
//
// At high precision a number has two parts: itself rounded, and rounded in turn what that took away. Cells of low parts
// are a second copy of those of high parts, at one distance from them, `low`, so that one table serves both. Of the
// four products of parts, that of both low ones is left out.
#ifndef CK_DISPATCH_BF16_KERNELS_H
#define CK_DISPATCH_BF16_KERNELS_H

#include "ck_context.h"
#include "dispatch/tile.h"

// Numbers beyond `depth` count as zero; so do the lanes from `columns` or `rows` up to `width`, at most a multiple
// of CK_LANES. `cells` are 32 bits each and only ever moved as floats; those of low parts are written where `low` is
// not 0.
typedef struct ck_pair_kernels {
  ptrdiff_t parts; // of a number: 1, or 2 at high precision
  // Two sets of tile kernels: for stretches of `chunk` cells and multiples of it, A contiguous along k; and for any,
  // which know no low parts.
  const ck_tile_kernels *tiles, *small_tiles;
  ptrdiff_t chunk;
  // cells[r][q] = (from[r][2q], from[r][2q + 1])
  void (*along)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *cells,
                ptrdiff_t cells_row, ptrdiff_t low);
  // cells[q][j] = (from[2q][j], from[2q + 1][j])
  void (*across)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *cells,
                 ptrdiff_t cells_row, ptrdiff_t width, ptrdiff_t low);
  // cells[q][r] = (from[r][2q], from[r][2q + 1])
  void (*along_transposed)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *cells,
                           ptrdiff_t cells_row, ptrdiff_t width, ptrdiff_t low);
  // cells[j][q] = (from[2q][j], from[2q + 1][j])
  void (*across_transposed)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *cells,
                            ptrdiff_t cells_row, ptrdiff_t low);
  // The same as in ck_kernel_set, rounded to cells of neighbouring lanes; NULL where products are too quick for sums to
  // save time.
  void (*winograd_input)(ptrdiff_t count, ptrdiff_t lanes, const float *from, ptrdiff_t from_row, ptrdiff_t from_pixel,
                         float *cells, ptrdiff_t cells_place);
  // Gives back what the tile kernels hold of the processor's state; every thread calls it after its last tile. Or NULL.
  void (*release)(void);
} ck_pair_kernels;

#if defined(__x86_64__)
extern const ck_pair_kernels ck_pairs_avx512, ck_pairs_amx, ck_pairs_amx_high;
#endif

#endif
