// Products below full precision: numbers are rounded to bf16, their products summed in fp32.
//
// Two bf16 numbers that are neighbours along k share a cell of 32 bits. Tiles, offset tables and drivers count in
// cells, so that what is written for floats (a cell is one number) multiplies pairs as well.
//
// At high precision a number has two parts: itself rounded, and rounded in turn what that took away. Cells of low parts
// are a second copy of those of high parts, at one distance from them, `low`, so that one table serves both. Of the
// four products of parts, that of both low ones is left out.
#ifndef CK_GEMM_PAIRS_H
#define CK_GEMM_PAIRS_H

#include "ck_context.h"
#include "gemm/tile.h"
#include "isa/kernel_set.h"

// Numbers beyond `depth` count as zero; so do the lanes from `columns` or `rows` up to `width`, at most a multiple
// of 16. `cells` are 32 bits each and only ever moved as floats; those of low parts are written where `low` is not 0.
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

// The same at full precision, for what less does not suit.
static inline ck_context ck_full(const ck_context *context) {
  return (ck_context){context->kernels, NULL, context->threads};
}
// Numbers in a cell.
static inline ptrdiff_t ck_per_cell(const ck_context *context) { return context->pairs ? 2 : 1; }
// Parts of a number, and how far from `cells` cells of high parts those of low parts lie: right behind them.
static inline ptrdiff_t ck_parts(const ck_context *context) { return context->pairs ? context->pairs->parts : 1; }
static inline ptrdiff_t ck_low(const ck_context *context, ptrdiff_t cells) {
  return ck_parts(context) == 2 ? cells : 0;
}

// Those for large products, which read packed matrices; their stretches are whole chunks.
static inline const ck_tile_kernels *ck_tiles(const ck_context *context) {
  return context->pairs ? context->pairs->tiles : context->kernels->tiles;
}
static inline ptrdiff_t ck_chunk(const ck_context *context) { return context->pairs ? context->pairs->chunk : 1; }
// Those for stretches of any length, in both forms.
static inline const ck_tile_kernels *ck_small_tiles(const ck_context *context) {
  return context->pairs ? context->pairs->small_tiles : context->kernels->tiles;
}
// Which tiles walk along stretches of `length` cells, and how many cells at a time: of the most that a tile register
// takes a quarter is enough to beat other tiles, or half where each product is three.
typedef struct {
  const ck_tile_kernels *tiles;
  ptrdiff_t chunk;
} ck_walk;
static inline ck_walk ck_walk_along(const ck_context *context, ptrdiff_t length) {
  const ptrdiff_t most = ck_chunk(context), chunk = ck_even_chunk(length, most);
  return (ck_walk){4 * chunk >= most * ck_parts(context) ? ck_tiles(context) : ck_small_tiles(context), chunk};
}
// Whether work beside the products pays where it makes fewer of them: not with AMX.
static inline bool ck_saves_products(const ck_context *context) {
  return !context->pairs || context->pairs->winograd_input;
}
static inline void ck_release(const ck_context *context) {
  if (context->pairs && context->pairs->release)
    context->pairs->release();
}

#endif
