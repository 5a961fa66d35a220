// An algorithm that computes the weights' gradient. The table is in plan_backward.c; the first algorithm that supports
// the shape and pays for it is taken.
#ifndef CK_CONV_WEIGHTS_ALGORITHM_H
#define CK_CONV_WEIGHTS_ALGORITHM_H

#include "conv/choice.h"
#include "conv/layout.h"
#include "conv/prefetch.h"

// The gradient of one image's convolution, before what followed it.
typedef struct {
  const float *pixels;   // interleaved, from the first pixel inside the border
  const float *pooled;   // with pooling, before that is undone: a quarter of the pixels, side by side; else NULL
  const uint8_t *argmax; // and which of four pixels each belongs to
} output_gradient;

// An image's place among those whose gradients are computed together, `images_together` of the plan.
typedef struct {
  ptrdiff_t before; // so many of them came before it
  bool is_last;
} image_place;

typedef struct weights_plan weights_plan;

typedef struct {
  conv_choice choice;
  bool at_full_precision; // whatever the context allows
  bool in_two_terms;      // it computes with two bf16 terms where the context says so
  bool reads_pooled;      // with pooling it reads the gradient before that is undone
  // Where rows of dy must lie further apart; or NULL. Then dy has its border in any case, so that the order of sums
  // does not depend on whether the input's gradient is wanted.
  void (*widen)(const conv_layout *layout, gradient_layout *dy);
  // Fills in what the plan says below; what it needs to know itself goes into the plan's memory.
  void (*plan)(weights_plan *plan, ck_workspace *memory);
  // Adds one image's gradient to `dw`, which is laid out as suits the algorithm; or, with the last of some images, all
  // of theirs. How many are together makes no difference to the bits.
  void (*accumulate)(const weights_plan *plan, float *scratch, const float *image, const output_gradient *dy,
                     image_place place, float *dw, image_prefetch *next);
  // Or, instead: computes the gradient of a whole batch from x as it lies and dy, interleaved without a border; writes
  // dw of all slices, of a batch in parts with the last one. It is called by all threads of a team, which share
  // `packed` and each have `scratch`. NULL where images are added one by one.
  void (*compute_batch)(const weights_plan *plan, const float *x, const float *dy, ptrdiff_t batch,
                        const ck_batch_part *part, float *packed, float *scratch, float *dw);
  // How many steps that takes in the prefetch streams.
  ptrdiff_t (*prefetch_steps)(const weights_plan *plan);
  // Writes this thread's share of dw (filters, channels, taps) of all slices, whose sums lie one after the other.
  void (*unpack)(const weights_plan *plan, const float *sum, float *dw);
} weights_algorithm;

struct weights_plan {
  const weights_algorithm *algorithm;
  conv_layout layout;
  gradient_layout dy;
  // What the algorithm says, in floats.
  ptrdiff_t dw_floats;       // of a gradient as it adds up
  ptrdiff_t scratch_floats;  // of a thread
  ptrdiff_t zeroed_floats;   // of those, zeros at first
  ptrdiff_t packed_floats;   // that a team shares
  ptrdiff_t images_together; // at most; 0 says one by one
  ptrdiff_t sums_floats;     // that compute_batch keeps between the parts of a batch
  const void *own;           // what the algorithm alone knows
};

// From one row of dy's pixels to the next, in floats.
static inline ptrdiff_t conv_dy_row(const weights_plan *p) { return p->dy.width * p->layout.filter_lanes; }

// Output rows that are summed at a time: as many as have both their factors in the first-level cache.
static inline ptrdiff_t conv_block_rows(const conv_layout *l) {
  const ptrdiff_t x_row = l->x_width * l->x_channels * l->conv.stride_height, dy_row = l->out_width * l->filter_lanes;
  return ck_max(1, CONV_L1_FLOATS / ck_max(x_row, dy_row));
}

// For gradients [tap][channel][filter lanes] of each slice.
void conv_unpack_filters_last(const weights_plan *plan, const float *sum, float *dw);

#endif
