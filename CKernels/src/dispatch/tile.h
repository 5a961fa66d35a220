// What a tile kernel is asked to do. GEMM and all three convolution passes are this one computation:
//
//   C[i][j]  =  sum over k of  A(i, k) * B(k, j),    i < rows, j < CK_LANES * panels
//
// with the accumulators, rows x panels, held in registers, and with k running over `segments` segments of `length`
// elements. An element is one float, or below full precision a packed pair of bf16 (dispatch/bf16_kernels.h). A is read
// one element at a time and broadcast; B is read in panels of CK_LANES columns (NR panels). A convolution needs no
// im2col: its segments are the kernel's rows inside the padded image, found through offset tables.
#ifndef CK_DISPATCH_TILE_H
#define CK_DISPATCH_TILE_H

#include "ck_context.h"
#include "cpu/features.h"

typedef struct {
  ptrdiff_t segments, length;
  ptrdiff_t chunk;                        // elements that an AMX tile takes at a time: a divisor of length
  const ptrdiff_t *a_segment, *b_segment; // where each segment starts, in elements; NULL: one segment, at 0
  ptrdiff_t a_row, a_k;                   // steps of A: to the next row, to the next k
  ptrdiff_t b_k, b_panel;                 // steps of B: to the next k, to the next panel
  ptrdiff_t a_lo, b_lo;                   // from an element to that of the residual terms; 0: there are none
  ptrdiff_t c_row;                        // step of C to the next row; panels lie side by side
  bool prefetches_c;                      // C may be far from the cache and is prefetched
  ptrdiff_t last_columns;                 // valid columns of the last panel, 1 ... CK_LANES
  bool continues;                         // the sums go on from C, which is read, and beta is 0
  float alpha, beta;                      // C = alpha * sum + beta * C; C is not read where beta is 0
  const float *bias;                      // added to each row of C, unless NULL
  const float *row_bias;                  // a number for each row, added to all of it, unless NULL; AMX does not
  bool relu;                              // afterwards max(0, C)
} ck_tile;

typedef void ck_tile_fn(const ck_tile *tile, const float *a, const float *b, float *c);

// The largest divisor of `length` that is at most `most`.
static inline ptrdiff_t ck_even_chunk(ptrdiff_t length, ptrdiff_t most) {
  while (most > 1 && length % most != 0)
    most--;
  return most;
}

#define CK_TILE_MAX_ROWS 32
#define CK_TILE_MAX_PANELS 2
#define CK_TILE_MAX_WIDE_PANELS 8
#define CK_TILE_HALF_WIDTH (CK_LANES / 2) // columns

// Tile kernels by their number of panels and, less one, of rows. Those of 0 panels compute the first half of one.
typedef ck_tile_fn *ck_tile_table[CK_TILE_MAX_PANELS + 1][CK_TILE_MAX_ROWS];

// The tile kernels of one instruction set, and the size of the largest that it has registers for.
typedef struct {
  int rows, panels;
  ck_tile_table along_k;     // A contiguous along k: a_k is 1
  ck_tile_table along_rows;  // A contiguous along rows: a_row is 1
  ck_tile_table prefetching; // along k, and the next tile's rows of A are prefetched
  // Those that read nothing of B beyond the last column, for which it need not be packed; not every set has them.
  ck_tile_table ending_along_rows, ending_prefetching;
  // For one row, along k, tiles have more panels: few chains of sums would wait for their own additions.
  int wide_panels;
  ck_tile_fn *wide[CK_TILE_MAX_WIDE_PANELS];
} ck_tile_kernels;

// Whether there are tile kernels for half a panel.
static inline bool ck_has_half_width_tiles(const ck_tile_kernels *tiles) { return tiles->along_k[0][0] != NULL; }
// Whether there are tile kernels for a B whose rows end anywhere.
static inline bool ck_has_ending_tiles(const ck_tile_kernels *tiles) { return tiles->ending_along_rows[0][0] != NULL; }
// Whether a tile of so many columns ends within a panel, or a half one.
static inline bool ck_tile_ends_within(ptrdiff_t columns) {
  return columns % CK_LANES != 0 && columns != CK_TILE_HALF_WIDTH;
}
// The columns of the next tile where `left` are left. Where registers go through the processor in two halves, a panel
// and then half of one are quicker than two panels.
static inline ptrdiff_t ck_tile_columns(const ck_tile_kernels *tiles, ptrdiff_t left) {
  const ptrdiff_t most = tiles->panels * CK_LANES;
  if (left >= most)
    return most;
  const bool is_half_more = left > CK_LANES && left <= CK_LANES + CK_TILE_HALF_WIDTH;
  return is_half_more && ck_has_half_width_tiles(tiles) && ck_halves_avx512() ? CK_LANES : left;
}
// The first index of a table for a tile of so many columns.
static inline ptrdiff_t ck_tile_panels(const ck_tile_kernels *tiles, ptrdiff_t columns) {
  return ck_has_half_width_tiles(tiles) && columns <= CK_TILE_HALF_WIDTH ? 0 : (columns + CK_LANES - 1) / CK_LANES;
}

#endif
