// The weights' gradient of one channel: filters in the lanes, each tap's sum in a register, where the kernel has so few
// that all of them fit. With pooling one pixel of four has a gradient, and the others are left out; the order of the
// sums makes the same bits of both.
#include "conv/conv2d_backward.h"

enum { BLOCK_ROWS = 8 }; // that are summed at a time

static bool has_kernel(const ck_conv2d *c) {
  return c->kernel_height == c->kernel_width && (c->kernel_width == 3 || c->kernel_width == 5);
}

bool conv2d_weights_one_channel(const ck_context *context, const ck_conv2d *conv) {
  return conv->channels == 1 && has_kernel(conv) && conv->stride_height == 1 && conv->stride_width == 1 &&
         ck_conv2d_out_height(conv) % 2 == 0 && ck_conv2d_out_width(conv) % 2 == 0 &&
         (!context->pairs || (ck_saves_products(context) && conv->tail == CK_CONV_RELU_MAX_POOL));
}

ptrdiff_t conv2d_one_channel_turns(const conv2d_plan *p) {
  return p->filter_strips * ck_ceil_div(p->out_height, BLOCK_ROWS);
}

void conv2d_add_weight_gradient_one_channel(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                            const float *dy, const uint8_t *argmax, float *dw, next_image *next) {
  const ck_kernel_set *kernels = p->context.kernels;
  const int kernel = p->conv.kernel_width == 5; // of those for 3 x 3 and 5 x 5
  const ptrdiff_t lanes = p->filter_lanes, wide = p->out_width / 2;
  const float *pooled = s->pooled_dy + thread * s->pooled_floats;
  x += conv2d_cut_pixels(p);
  for (ptrdiff_t row = 0; row < p->out_height; row += BLOCK_ROWS) {
    const ptrdiff_t rows = ck_min(BLOCK_ROWS, p->out_height - row), pixel = row / 2 * wide * lanes;
    for (ptrdiff_t f = 0; f < lanes; f += CONV_LANES) {
      if (conv2d_pools(p))
        kernels->one_channel_pooled[kernel](rows / 2, wide, pooled + pixel + f, argmax + pixel + f, lanes,
                                            x + row * p->x_width, p->x_width, dw + f, lanes);
      else
        kernels->one_channel_weights[kernel](rows, p->out_width, dy + row * p->dy_width * lanes + f,
                                             p->dy_width * lanes, lanes, x + row * p->x_width, p->x_width, dw + f,
                                             lanes);
      next_image_turn(next);
    }
  }
}
