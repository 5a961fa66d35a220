// The weights' gradient of one channel: filters in the lanes, each tap's sum in a register, where the kernel has so few
// that all of them fit. With pooling one pixel of four has a gradient, and the others are left out; the order of the
// sums makes the same bits of both.
#include "conv/weights_algorithm.h"

enum { BLOCK_ROWS = 8 }; // that are summed at a time

typedef struct {
  ptrdiff_t x_floats; // of the padded image, which is all of the scratch
} single_channel_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return c->channels == 1 && c->kernel_height == c->kernel_width && (c->kernel_width == 3 || c->kernel_width == 5) &&
         c->stride_height == 1 && c->stride_width == 1 && !conv_dilates(c) && ck_conv2d_out_height(c) % 2 == 0 &&
         ck_conv2d_out_width(c) % 2 == 0;
}

static bool pays(const ck_context *context, const ck_conv2d *c) {
  return !context->bf16 || (ck_saves_products(context) && conv_pools(c));
}

static void plan_single_channel(weights_plan *p, ck_workspace *memory) {
  const single_channel_plan own = {conv_padded_floats(&p->layout, 0)};
  p->dw_floats = p->layout.taps * p->layout.filter_lanes;
  p->zeroed_floats = p->scratch_floats = own.x_floats;
  p->own = ck_keep(memory, &own, sizeof own);
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  (void)place;
  const single_channel_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_kernel_set *kernels = l->context.kernels;
  const int kernel = l->conv.kernel_width == 5; // of those for 3 x 3 and 5 x 5
  const ptrdiff_t lanes = l->filter_lanes, wide = l->out_width / 2;
  const float *x = conv_load_x(l, own->x_floats, image, (ck_range){0, l->conv.height}, scratch) + conv_cut_pixels(l);
  for (ptrdiff_t row = 0; row < l->out_height; row += BLOCK_ROWS) {
    const ptrdiff_t rows = ck_min(BLOCK_ROWS, l->out_height - row), pixel = row / 2 * wide * lanes;
    for (ptrdiff_t f = 0; f < lanes; f += CK_LANES) {
      if (dy->pooled)
        kernels->single_channel_pooled[kernel](rows / 2, wide, dy->pooled + pixel + f, dy->argmax + pixel + f, lanes,
                                               x + row * l->x_width, l->x_width, dw + f, lanes);
      else
        kernels->single_channel_weights[kernel](rows, l->out_width, dy->pixels + row * conv_dy_row(p) + f,
                                                conv_dy_row(p), lanes, x + row * l->x_width, l->x_width, dw + f, lanes);
      image_prefetch_step(next);
    }
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  return p->layout.filter_panels * ck_ceil_div(p->layout.out_height, BLOCK_ROWS);
}

const weights_algorithm conv_weights_single_channel = {.choice = {CK_CONV_SINGLE_CHANNEL, supports, pays},
                                                       .at_full_precision = true,
                                                       .reads_pooled = true,
                                                       .plan = plan_single_channel,
                                                       .accumulate = accumulate,
                                                       .prefetch_steps = prefetch_steps,
                                                       .unpack = conv_unpack_filters_last};
