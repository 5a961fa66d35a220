// Weights in panels of CK_LANES outputs, as tile kernels read them.
#ifndef CK_CONV_PACK_WEIGHTS_H
#define CK_CONV_PACK_WEIGHTS_H

#include "conv/layout.h"

// How a pass reads weights (filters, channels, taps): as `outputs` times `depth` groups of taps, for each slice.
typedef struct {
  ptrdiff_t outputs, depth;      // filters and channels; for the input's gradient the other way round
  ptrdiff_t next_output, next_k; // steps in floats
  ptrdiff_t taps;
  ptrdiff_t slices, next_slice; // how many, and the step from one to the next
} weight_order;

weight_order conv_forward_order(const conv_slices *slices);
weight_order conv_input_order(const conv_slices *slices);

// The taps of one panel's outputs for one k of the slice that starts at `w`: `to` gets CK_LANES floats each `to_tap`
// floats; zeros beyond the outputs.
void conv_pack_taps(const ck_kernel_set *kernels, const weight_order *order, ptrdiff_t panel, ptrdiff_t k,
                    const float *w, float *to, ptrdiff_t to_tap);

// This thread's share of all panels [slice][panel][tap][k][CK_LANES]; k counts up to `rows`, zeros beyond the order's
// depth.
void conv_pack_panels(const ck_kernel_set *kernels, const weight_order *order, ptrdiff_t rows, const float *w,
                      float *panels);

// This thread's share of packed bf16 pairs along k: `groups` groups of `rows` rows of CK_LANES floats, each group
// filled up to whole pairs. `lo`: see dispatch/bf16_kernels.h.
void conv_pack_pairs(const ck_context *context, ptrdiff_t groups, ptrdiff_t rows, const float *panels, float *pairs,
                     ptrdiff_t lo);

#endif
