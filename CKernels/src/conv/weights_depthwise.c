// The weights' gradient of a depthwise convolution: sixteen filters in the lanes, and the sum of each of up to nine
// taps in a register.
#include "conv/depthwise.h"

typedef struct {
  ptrdiff_t times;      // filters of a channel
  ptrdiff_t pixel;      // floats of an input pixel as it is read
  ptrdiff_t *x_tap;     // where each tap finds its pixel
  ptrdiff_t block_rows; // output rows that are summed at a time
  ptrdiff_t x_floats;   // of the padded image, in scratch
  ptrdiff_t repeated;   // behind it: the image whose channels are repeated
} depthwise_plan;

static void plan_depthwise(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  depthwise_plan own = {.times = l->conv.filters / l->conv.channels,
                        .block_rows = conv_block_rows(l),
                        .x_floats = conv_padded_floats(l, CK_LANES)};
  own.pixel = own.times == 1 ? l->x_channels : l->filter_lanes;
  own.x_tap = conv_depthwise_taps(l, own.pixel, memory);
  ptrdiff_t end = own.x_floats;
  own.repeated = ck_place(&end, own.times == 1 ? 0 : l->x_height * l->x_width * own.pixel);
  p->dw_floats = l->taps * l->filter_lanes;
  p->zeroed_floats = p->scratch_floats = end;
  p->own = ck_keep(memory, &own, sizeof own);
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  (void)place;
  const depthwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_kernel_set *kernels = l->context.kernels;
  const ptrdiff_t lanes = l->filter_lanes, pixel = own->pixel;
  const float *x = conv_load_x(l, own->x_floats, image, (ck_range){0, l->conv.height}, scratch);
  if (own->times > 1) {
    kernels->repeat_channels(l->x_height * l->x_width, l->conv.channels, own->times, x, l->x_channels,
                             scratch + own->repeated, pixel);
    x = scratch + own->repeated;
  }
  x += conv_cut_pixels(l) * pixel;
  const ptrdiff_t x_row = l->conv.stride_height * l->x_width * pixel;
  for (ptrdiff_t row = 0; row < l->out_height; row += own->block_rows) {
    for (ptrdiff_t f = 0; f < lanes; f += CK_LANES)
      kernels->depthwise_weights(ck_min(own->block_rows, l->out_height - row), l->out_width,
                                 dy->pixels + row * conv_dy_row(p) + f, conv_dy_row(p), lanes, x + row * x_row + f,
                                 x_row, l->conv.stride_width * pixel, l->taps, own->x_tap, dw + f, lanes);
    image_prefetch_step(next);
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const depthwise_plan *own = p->own;
  return ck_ceil_div(p->layout.out_height, own->block_rows);
}

static void unpack(const weights_plan *p, const float *sum, float *dw) {
  const conv_layout *l = &p->layout;
  const ck_range mine = ck_my_share(l->slices, 1);
  for (ptrdiff_t slice = mine.first; slice < mine.first + mine.count; slice++)
    l->context.kernels->transpose(l->taps, l->conv.filters, sum + slice * p->dw_floats, l->filter_lanes, NULL,
                                  dw + slice * conv_w_count(&l->conv), l->taps, l->taps);
}

const weights_algorithm conv_weights_depthwise = {.choice = {CK_CONV_DEPTHWISE, conv_has_groups, NULL},
                                                  .at_full_precision = true,
                                                  .plan = plan_depthwise,
                                                  .accumulate = accumulate,
                                                  .prefetch_steps = prefetch_steps,
                                                  .unpack = unpack};
