// What a context's precision means for a driver: how many numbers are packed into an element (dispatch/bf16_kernels.h),
// and which tile kernels multiply elements.
#ifndef CK_DISPATCH_PRECISION_H
#define CK_DISPATCH_PRECISION_H

#include "dispatch/bf16_kernels.h"
#include "dispatch/kernel_set.h"

// The same context at full precision, for shapes and numbers that less does not suit.
static inline ck_context ck_at_highest(const ck_context *context) {
  return (ck_context){context->kernels, NULL, context->threads};
}
// An element holds so many numbers.
static inline ptrdiff_t ck_vnni_factor(const ck_context *context) { return context->bf16 ? 2 : 1; }
// A number has so many terms. Where there are two, the residual terms follow right behind the `elements` elements of
// the first ones, so many floats further on.
static inline ptrdiff_t ck_terms(const ck_context *context) { return context->bf16 ? context->bf16->terms : 1; }
static inline ptrdiff_t ck_lo_distance(const ck_context *context, ptrdiff_t elements) {
  return ck_terms(context) == 2 ? elements : 0;
}

// The tile kernels of large products, which read packed matrices; their segments are whole chunks.
static inline const ck_tile_kernels *ck_tiles(const ck_context *context) {
  return context->bf16 ? context->bf16->tiles : context->kernels->tiles;
}
static inline ptrdiff_t ck_chunk(const ck_context *context) { return context->bf16 ? context->bf16->chunk : 1; }
// The tile kernels of segments of any length, for an A contiguous along k or along rows.
static inline const ck_tile_kernels *ck_any_length_tiles(const ck_context *context) {
  return context->bf16 ? context->bf16->any_length->tiles : context->kernels->tiles;
}
// Which tile kernels are quickest for segments of `length` elements, and how many elements they take at a time. A tile
// register beats the vectors from a quarter of the elements that it holds, or from half where each product is three.
typedef struct {
  const ck_tile_kernels *tiles;
  ptrdiff_t chunk;
} ck_walk;
static inline ck_walk ck_walk_along(const ck_context *context, ptrdiff_t length) {
  const ptrdiff_t most = ck_chunk(context), chunk = ck_even_chunk(length, most);
  return (ck_walk){4 * chunk >= most * ck_terms(context) ? ck_tiles(context) : ck_any_length_tiles(context), chunk};
}
// Whether an algorithm with fewer products and more additions pays. It does not with AMX.
static inline bool ck_saves_products(const ck_context *context) {
  return !context->bf16 || context->bf16->winograd_input;
}
static inline void ck_release(const ck_context *context) {
  if (context->bf16 && context->bf16->release)
    context->bf16->release();
}

#endif
