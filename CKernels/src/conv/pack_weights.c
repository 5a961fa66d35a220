// One packer for all passes: they differ in their steps alone.
#include "conv/pack_weights.h"
#include <string.h>

weight_order conv_forward_order(const conv_slices *slices) {
  const ck_conv2d *c = &slices->conv;
  const ptrdiff_t taps = c->kernel_height * c->kernel_width, depth = c->channels / c->groups;
  return (weight_order){c->filters, depth, depth * taps, taps, taps, slices->count, conv_w_count(c)};
}
weight_order conv_input_order(const conv_slices *slices) {
  const ck_conv2d *c = &slices->conv;
  const ptrdiff_t taps = c->kernel_height * c->kernel_width;
  return (weight_order){c->channels, c->filters, taps, c->channels * taps, taps, slices->count, conv_w_count(c)};
}

void conv_pack_taps(const ck_kernel_set *kernels, const weight_order *order, ptrdiff_t panel, ptrdiff_t k,
                    const float *w, float *to, ptrdiff_t to_tap) {
  const ptrdiff_t first = panel * CK_LANES;
  kernels->transpose(ck_min(order->outputs - first, CK_LANES), order->taps,
                     w + first * order->next_output + k * order->next_k, order->next_output, NULL, to, to_tap,
                     CK_LANES);
}

void conv_pack_panels(const ck_kernel_set *kernels, const weight_order *order, ptrdiff_t rows, const float *w,
                      float *panels) {
  const ptrdiff_t in_slice = ck_ceil_div(order->outputs, CK_LANES);
  const ck_range mine = ck_my_share(order->slices * in_slice * rows, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t panel = i / rows, k = i % rows;
    float *to = panels + (panel * order->taps * rows + k) * CK_LANES;
    if (k < order->depth)
      conv_pack_taps(kernels, order, panel % in_slice, k, w + panel / in_slice * order->next_slice, to,
                     rows * CK_LANES);
    else
      for (ptrdiff_t tap = 0; tap < order->taps; tap++)
        memset(to + tap * rows * CK_LANES, 0, CK_LANES * sizeof(float));
  }
}

void conv_pack_pairs(const ck_context *context, ptrdiff_t groups, ptrdiff_t rows, const float *panels, float *pairs,
                     ptrdiff_t lo) {
  const ck_range mine = ck_my_share(groups, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++)
    context->bf16->pack_across(rows, CK_LANES, panels + i * rows * CK_LANES, CK_LANES,
                               pairs + i * ck_ceil_div(rows, 2) * CK_LANES, CK_LANES, CK_LANES, lo);
}
