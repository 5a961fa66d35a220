// What the three passes of a depthwise convolution share.
#ifndef CK_CONV_DEPTHWISE_H
#define CK_CONV_DEPTHWISE_H

#include "conv/image_algorithm.h"
#include "conv/weights_algorithm.h"

// Whether a slice still has groups, which only depthwise convolutions' slices have.
static inline bool conv_has_groups(const ck_context *context, const ck_conv2d *slice) {
  (void)context;
  return slice->groups > 1;
}

// Where each tap finds its pixel, in floats from a window's first, in an image of `pixel` floats a pixel.
static inline ptrdiff_t *conv_depthwise_taps(const conv_layout *l, ptrdiff_t pixel, ck_workspace *memory) {
  const ck_conv2d *c = &l->conv;
  ptrdiff_t *taps = ck_take(memory, (size_t)l->taps * sizeof *taps);
  for (ptrdiff_t t = 0; memory->base && t < l->taps; t++)
    taps[t] = (t / c->kernel_width * c->dilation_height * l->x_width + t % c->kernel_width * c->dilation_width) * pixel;
  return taps;
}

// [slice][panel][tap][CK_LANES]
static inline void conv_pack_depthwise(const image_plan *p, const float *w, float *packed) {
  conv_pack_panels(p->layout.context.kernels, &p->order, 1, w, packed);
  ck_barrier();
}

#endif
