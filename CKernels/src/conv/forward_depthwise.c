// The forward pass of a depthwise convolution where planes are narrow, or have strides or pooling behind them
// (forward_depthwise_planes.c has the others): sixteen filters in the lanes, and neighbouring pixels' sums side by
// side. Where each channel has several filters, it is repeated for each of them before.
#include "conv/depthwise.h"

typedef struct {
  ptrdiff_t times;          // filters of a channel
  ptrdiff_t pixel;          // floats of an input pixel as it is read
  ptrdiff_t *x_tap, *w_tap; // where each tap finds its pixel and its weights
} depthwise_plan;

static void plan_depthwise(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  depthwise_plan own = {.times = c->filters / c->channels};
  own.pixel = own.times == 1 ? l->x_channels : l->filter_lanes;
  own.x_tap = conv_depthwise_taps(l, own.pixel, memory);
  own.w_tap = ck_take(memory, (size_t)l->taps * sizeof *own.w_tap);
  for (ptrdiff_t t = 0; memory->base && t < l->taps; t++)
    own.w_tap[t] = t * CK_LANES;
  p->row_unit = conv_pools(c) ? 2 : 1;
  p->past = CK_LANES; // of channels that do not fill all lanes
  p->next_slice = l->taps * l->filter_lanes;
  p->packed_floats = l->slices * p->next_slice;
  if (own.times > 1)
    p->converted_floats = l->x_height * l->x_width * own.pixel;
  p->own = ck_keep(memory, &own, sizeof own);
}

static const float *convert(const image_plan *p, const float *source, ck_range rows, float *scratch) {
  const depthwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  if (own->times == 1)
    return source;
  const ptrdiff_t first = rows.first * l->x_width;
  l->context.kernels->repeat_channels(rows.count * l->x_width, l->conv.channels, own->times,
                                      source + first * l->x_channels, l->x_channels, scratch + first * own->pixel,
                                      own->pixel);
  return scratch;
}

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, ck_range panels,
                    float *scratch, float *to, image_prefetch *next) {
  (void)scratch;
  const depthwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t x_row = l->conv.stride_height * l->x_width * own->pixel;
  const float *x = source + conv_cut_pixels(l) * own->pixel + rows.first * x_row;
  const ptrdiff_t run = l->conv.stride_width == 1 && l->conv.dilation_width == 1 ? l->conv.kernel_width : 1;
  const ptrdiff_t lanes = panels.count * CK_LANES;
  for (ptrdiff_t i = 0; i < panels.count; i++) {
    const ptrdiff_t panel = panels.first + i;
    l->context.kernels->depthwise_rows(rows.count, l->out_width, l->taps, run, own->x_tap, own->w_tap,
                                       x + panel * CK_LANES, x_row, l->conv.stride_width * own->pixel,
                                       packed + panel * l->taps * CK_LANES, to + i * CK_LANES, l->out_width * lanes,
                                       lanes);
    image_prefetch_step(next);
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  return ck_ceil_div(rows, p->chunk_rows) * p->layout.filter_panels;
}

const image_algorithm conv_forward_depthwise = {.choice = {CK_CONV_DEPTHWISE, conv_has_groups, NULL},
                                                .plan = plan_depthwise,
                                                .pack_weights = conv_pack_depthwise,
                                                .convert = convert,
                                                .compute = compute,
                                                .prefetch_steps = prefetch_steps};
