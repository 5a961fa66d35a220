// A convolution's plan: which algorithm computes each pass, and where everything lies in the workspace.
#ifndef CK_CONV_PLAN_H
#define CK_CONV_PLAN_H

#include "conv/image_algorithm.h"
#include "conv/weights_algorithm.h"
#include "dispatch/bf16x2_range.h"

// Offsets are floats in a thread's scratch.
typedef struct {
  image_plan images;
  ptrdiff_t x_floats;                          // of the padded image; 0: images are read as they are
  ptrdiff_t x, converted;                      // zeros at first, `zeroed_floats` of them
  ptrdiff_t chunk, activated, pooled, scratch; // pooled: values, and what their activation was taken of
  ptrdiff_t zeroed_floats, thread_floats;
  ptrdiff_t outputs; // of all images, where they are computed together: behind the threads' scratch
  size_t workspace_bytes;
} forward_plan;

// Where numbers may be out of the range of two bf16 terms, the second variant computes them at full precision.
typedef struct {
  int count;
  forward_plan variant[2];
} conv_forward_plans;

// Both gradients of an image while it is in the cache. `input` is planned only where dx is wanted. The first offsets
// are floats in the workspace, the others floats in a thread's scratch.
typedef struct {
  weights_plan weights;
  image_plan input;
  gradient_layout dy;
  ptrdiff_t dy_floats; // of the padded output gradient
  bool whole_batch;    // both gradients are computed of all images together: `dy` has no border
  ptrdiff_t packed, dbias, dw, dy_images, dx_images, packed_dy, threads;
  ptrdiff_t block_rows; // of dy that are taken through what followed the convolution at a time
  ptrdiff_t dy_at, pooled, unpooled, derived, weights_scratch, converted, chunk, input_scratch;
  ptrdiff_t thread_floats;
  size_t workspace_bytes;
} backward_plan;

// The gradients differ in precision alone, and agree on how the output gradient is laid out.
typedef struct {
  int weights_count, input_count;
  backward_plan variant[2][2][2]; // [with dx][of the weights' gradient][of the input's gradient]
} conv_backward_plans;

struct ck_conv2d_plan {
  conv_slices slices; // of the convolution; the batch is the largest
  ck_context context;
  conv_forward_plans forward;
  conv_backward_plans backward;
};

bool conv_plan_forward(conv_forward_plans *plans, const ck_context *context, const conv_slices *slices,
                       ck_conv2d_algorithm algorithm, ck_workspace *memory);
bool conv_plan_backward(conv_backward_plans *plans, const ck_context *context, const conv_slices *slices,
                        const ck_conv2d_algorithms *algorithms, ck_workspace *memory);

// Into how many chunks the backward pass cuts a batch, each with a sum of the weights' gradient.
enum { CONV_MAX_CHUNKS = 16 };
static inline ptrdiff_t conv_backward_chunks(ptrdiff_t batch) { return ck_max(1, ck_min(batch, CONV_MAX_CHUNKS)); }

// ck_conv2d_backward_fused, whose operands may be NULL; to dx it adds `bias` (channels), unless that is NULL.
void conv_backward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                   const ck_conv2d_backward_operands *operands, const float *bias, float *dx, float *dw, float *dbias,
                   void *workspace);

// The named algorithm of a table that ends with NULL, or the first that supports and pays; NULL: it is not supported.
const image_algorithm *conv_choose_image_algorithm(const image_algorithm *const table[], const ck_context *context,
                                                   const ck_conv2d *conv, ck_conv2d_algorithm name);
// Completes a plan whose algorithm, layout and output are known.
void conv_plan_images(image_plan *plan, ck_workspace *memory);

// Whether two terms of `elements` elements in each segment fill tiles; what does not is quicker at full precision.
static inline bool conv_fills_tiles(const ck_context *context, ptrdiff_t elements) {
  return ck_walk_along(context, elements).tiles == ck_tiles(context);
}
// Whether two bf16 terms have the range for these values.
static inline bool conv_in_range(const float *values, ptrdiff_t count) {
  return ck_within_bf16x2_range(1, count, values, 0);
}

#endif
