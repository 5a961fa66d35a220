// The weights' gradient of a convolution with pooling: of four output pixels one has a gradient, if the ReLU let it
// through. Filter by filter those pixels are listed, and the windows they see are added up, channels in the lanes: less
// than a quarter of the products that all pixels would take, and at full precision quicker than all of them with
// AVX512_BF16. The pixels keep their order and what is left out is zero, so that the bits are those of
// conv2d_weight_gradient.c.
#include "conv/conv2d_backward.h"
#include <string.h>

enum { POOLED_FROM_CHANNELS = 8 }; // fewer leave most lanes empty, of a row of three taps

bool conv2d_weights_pooled(const ck_context *context, const ck_conv2d *conv) {
  return conv->tail == CK_CONV_RELU_MAX_POOL && ck_saves_products(context) && conv->channels >= POOLED_FROM_CHANNELS;
}

// Of one filter, in a block of rows.
ptrdiff_t conv2d_listed_pixels(const conv2d_plan *p, const backward_scratch *s) {
  return ck_min(s->block_rows, p->out_height) * (p->out_width / 2);
}
ptrdiff_t conv2d_pooled_turns(const conv2d_plan *p, const backward_scratch *s) {
  return ck_ceil_div(p->out_height, s->block_rows) * p->conv.filters;
}

// Of the output pixels in `rows` those with a gradient, filter by filter: how many, where their windows start in the
// padded image, and the gradients.
static void list_pixels(const conv2d_plan *p, const backward_scratch *s, ck_range rows, const float *pooled,
                        const uint8_t *argmax, pixel_lists lists) {
  const ptrdiff_t wide = p->out_width / 2, row_step = p->conv.stride_height * p->x_width * p->x_channels;
  memset(lists.count, 0, (size_t)p->filter_lanes * sizeof *lists.count);
  for (ptrdiff_t row = rows.first; row < rows.first + rows.count; row++) {
    const ptrdiff_t at = row / 2 * wide * p->filter_lanes;
    for (ptrdiff_t f = 0; f < p->filter_lanes; f += CONV_LANES)
      p->context.kernels->list_pixels(wide, p->filter_lanes, pooled + at + f, argmax + at + f, row % 2, row * row_step,
                                      conv2d_x_step(p), s->listed_pixels, lists.count + f,
                                      lists.window + f * s->listed_pixels, lists.gradient + f * s->listed_pixels);
  }
}

void conv2d_add_weight_gradient_pooled(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                       const uint8_t *argmax, float *dw, next_image *next) {
  const ck_conv2d *c = &p->conv;
  const float *pooled = s->pooled_dy + thread * s->pooled_floats;
  const ptrdiff_t listed = s->listed_pixels * p->filter_lanes;
  const pixel_lists lists = {s->lists.count + thread * p->filter_lanes, s->lists.window + thread * listed,
                             s->lists.gradient + thread * listed};
  x += conv2d_cut_pixels(p) * p->x_channels;
  for (ptrdiff_t row = 0; row < p->out_height; row += s->block_rows) {
    list_pixels(p, s, (ck_range){row, ck_min(s->block_rows, p->out_height - row)}, pooled, argmax, lists);
    for (ptrdiff_t f = 0; f < c->filters; f++) {
      p->context.kernels->sum_windows(lists.count[f], lists.window + f * s->listed_pixels,
                                      lists.gradient + f * s->listed_pixels, x, p->x_width * p->x_channels,
                                      c->kernel_height, c->kernel_width * c->channels,
                                      dw + f * conv2d_taps(p) * c->channels);
      next_image_turn(next);
    }
  }
}

void conv2d_unpack_pooled_weight_gradient(const conv2d_plan *p, const float *summed, ck_range filters, float *dw) {
  const ptrdiff_t taps = conv2d_taps(p), channels = p->conv.channels;
  for (ptrdiff_t f = filters.first; f < filters.first + filters.count; f++)
    p->context.kernels->transpose(taps, channels, summed + f * taps * channels, channels, NULL,
                                  dw + f * taps * channels, taps, taps);
}
