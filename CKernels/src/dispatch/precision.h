// What a context's precision means for a driver: how many numbers share a cell, and which tile kernels multiply cells.
#ifndef CK_DISPATCH_PRECISION_H
#define CK_DISPATCH_PRECISION_H

#include "dispatch/bf16_kernels.h"
#include "dispatch/kernel_set.h"

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
