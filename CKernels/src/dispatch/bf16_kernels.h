// The kernels of products below full precision: factors are rounded to bf16, and their products are summed in fp32.
//
// Two bf16 numbers that are neighbours along k are packed into one element of 32 bits (the VNNI layout), a pair. Tiles,
// offset tables and drivers count in elements, so that what is written for floats, of which one is an element,
// multiplies bf16 pairs as well.
//
// At CK_HIGH a number is the sum of two bf16 terms (bf16x2): itself rounded, and the residual, rounded in turn. The
// residual terms are a second copy of the pairs at one distance from the first, `lo`, so that one offset table serves
// both. Of the four products of terms, that of both residuals is left out.
#ifndef CK_DISPATCH_BF16_KERNELS_H
#define CK_DISPATCH_BF16_KERNELS_H

#include "ck_context.h"
#include "dispatch/tile.h"

// Numbers beyond `depth` count as zero, and so do the lanes from `columns` or `rows` up to `width`, which is at most
// the next multiple of CK_LANES. Pairs are only ever moved as floats; residual terms are written where `lo` is not 0.
typedef struct ck_bf16_kernels {
  ptrdiff_t terms; // terms of a number: 1, or 2 at CK_HIGH
  // `tiles` multiply segments whose length is a multiple of `chunk` pairs, with A contiguous along k; those of
  // `any_length` multiply segments of any length, and know no residual terms.
  const ck_tile_kernels *tiles;
  const struct ck_bf16_kernels *any_length;
  ptrdiff_t chunk;
  // pairs[r][q] = (from[r][2q], from[r][2q + 1])
  void (*pack_along)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *pairs,
                     ptrdiff_t pairs_row, ptrdiff_t lo);
  // pairs[q][j] = (from[2q][j], from[2q + 1][j])
  void (*pack_across)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *pairs,
                      ptrdiff_t pairs_row, ptrdiff_t width, ptrdiff_t lo);
  // pairs[q][r] = (from[r][2q], from[r][2q + 1])
  void (*pack_along_transposed)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *pairs,
                                ptrdiff_t pairs_row, ptrdiff_t width, ptrdiff_t lo);
  // pairs[j][q] = (from[2q][j], from[2q + 1][j])
  void (*pack_across_transposed)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row,
                                 float *pairs, ptrdiff_t pairs_row, ptrdiff_t lo);
  // Does what ck_kernel_set's does and rounds the result to pairs of neighbouring lanes. NULL where products are so
  // quick that Winograd's transforms would take longer than the products they save.
  void (*winograd_input)(ptrdiff_t count, ptrdiff_t lanes, const float *from, ptrdiff_t from_row, ptrdiff_t from_pixel,
                         float *pairs, ptrdiff_t pairs_point);
  // Gives back what the tile kernels hold of the processor's state; every thread calls it after its last tile. NULL
  // where they hold none.
  void (*release)(void);
} ck_bf16_kernels;

#if defined(__x86_64__)
extern const ck_bf16_kernels ck_bf16_avx512, ck_bf16_amx, ck_bf16x2_amx;
#endif

#endif
