// An algorithm that computes images: the forward pass computes y from x, the input's gradient dx from dy. Their tables
// are in forward.c and plan_backward.c; of each the first algorithm that supports the shape and pays for it is taken.
#ifndef CK_CONV_IMAGE_ALGORITHM_H
#define CK_CONV_IMAGE_ALGORITHM_H

#include "conv/choice.h"
#include "conv/layout.h"
#include "conv/pack_weights.h"
#include "conv/prefetch.h"

typedef struct image_plan image_plan;

typedef struct {
  conv_choice choice;
  // Fills in what the plan says below; what it needs to know itself goes into the plan's memory.
  void (*plan)(image_plan *plan, ck_workspace *memory);
  // Packs the weights of all slices; called by all threads of a team, which wait for each other.
  void (*pack_weights)(const image_plan *plan, const float *w, float *packed);
  // Converts rows `rows` of the padded source to what `compute` reads, in the thread's scratch, and returns that.
  const float *(*convert)(const image_plan *plan, const float *source, ck_range rows, float *scratch);
  // Computes rows `rows` of those panels of the output, each CK_LANES channels: pixels side by side, with as many
  // floats as the panels have.
  void (*compute)(const image_plan *plan, const float *packed, const float *source, ck_range rows, ck_range panels,
                  float *scratch, float *to, image_prefetch *next);
  // Or, instead of these two: computes pixels `pixels` of all planes of y from those of x, both as they lie, with the
  // post-op, which may add `shortcut`, laid out like y. NULL where there are these two.
  void (*compute_planes)(const image_plan *plan, const float *packed, const float *x, const float *bias,
                         const float *shortcut, ck_range pixels, float *scratch, float *y, image_prefetch *next);
  // Or, instead of both kinds: computes whole images of a batch from all of their source, x as it lies or dy
  // interleaved without a border; `to` gets each image's pixels side by side with `lanes` floats each. It is called by
  // all threads of a team, which wait for each other. NULL where images are computed one by one.
  void (*compute_batch)(const image_plan *plan, const float *packed, const float *from, ptrdiff_t batch, float *scratch,
                        float *to);
  // How many steps `compute` takes in the prefetch streams for so many rows.
  ptrdiff_t (*prefetch_steps)(const image_plan *plan, ptrdiff_t rows);
} image_algorithm;

struct image_plan {
  const image_algorithm *algorithm;
  conv_layout layout;
  gradient_layout dy;             // the source of the input's gradient
  weight_order order;             // how the pass reads the weights
  ptrdiff_t height, width, lanes; // of the output; lanes are channels rounded up to CK_LANES
  ptrdiff_t chunk_rows;           // of the output, that are computed before they are written out
  // What the algorithm says, in floats.
  ptrdiff_t row_unit;         // rows are computed in multiples of so many
  ptrdiff_t past;             // what is read beyond the last pixel of the padded source
  ptrdiff_t packed_floats;    // the packed weights of all slices
  ptrdiff_t next_slice;       // from one slice's packed weights, as `compute` reads them, to the next
  ptrdiff_t converted_floats; // a thread's converted source, zeros at first
  ptrdiff_t scratch_floats;   // of a thread besides
  const void *own;            // what the algorithm alone knows
};

// Packs nothing: the weights of all slices as they are.
void conv_copy_weights(const image_plan *plan, const float *w, float *packed);

#endif
