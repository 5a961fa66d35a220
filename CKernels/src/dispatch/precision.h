// What a context's precision means for a driver: how many numbers are packed into a cell (dispatch/bf16_kernels.h), and
// which tile kernels multiply cells.
#ifndef CK_DISPATCH_PRECISION_H
#define CK_DISPATCH_PRECISION_H

#include "dispatch/bf16_kernels.h"
#include "dispatch/kernel_set.h"

// The same context at full precision, for shapes and numbers that less does not suit.
static inline ck_context ck_full(const ck_context *context) {
  return (ck_context){context->kernels, NULL, context->threads};
}
// A cell holds so many numbers.
static inline ptrdiff_t ck_per_cell(const ck_context *context) { return context->pairs ? 2 : 1; }
// A number has so many terms. Where there are two, the residual terms follow right behind the `cells` cells of the
// first ones, so many floats further on.
static inline ptrdiff_t ck_parts(const ck_context *context) { return context->pairs ? context->pairs->parts : 1; }
static inline ptrdiff_t ck_low(const ck_context *context, ptrdiff_t cells) {
  return ck_parts(context) == 2 ? cells : 0;
}

// The tile kernels of large products, which read packed matrices; their segments are whole chunks.
static inline const ck_tile_kernels *ck_tiles(const ck_context *context) {
  return context->pairs ? context->pairs->tiles : context->kernels->tiles;
}
static inline ptrdiff_t ck_chunk(const ck_context *context) { return context->pairs ? context->pairs->chunk : 1; }
// The tile kernels of segments of any length, for an A contiguous along k or along rows.
static inline const ck_tile_kernels *ck_small_tiles(const ck_context *context) {
  return context->pairs ? context->pairs->small_tiles : context->kernels->tiles;
}
// Which tile kernels are quickest for segments of `length` cells, and how many cells they take at a time. A tile
// register beats the vectors from a quarter of the cells that it holds, or from half where each product is three.
typedef struct {
  const ck_tile_kernels *tiles;
  ptrdiff_t chunk;
} ck_walk;
static inline ck_walk ck_walk_along(const ck_context *context, ptrdiff_t length) {
  const ptrdiff_t most = ck_chunk(context), chunk = ck_even_chunk(length, most);
  return (ck_walk){4 * chunk >= most * ck_parts(context) ? ck_tiles(context) : ck_small_tiles(context), chunk};
}
// Whether an algorithm with fewer products and more additions pays. It does not with AMX.
static inline bool ck_saves_products(const ck_context *context) {
  return !context->pairs || context->pairs->winograd_input;
}
static inline void ck_release(const ck_context *context) {
  if (context->pairs && context->pairs->release)
    context->pairs->release();
}

#endif
