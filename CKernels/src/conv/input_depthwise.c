// The input's gradient of a depthwise convolution: the forward pass over the output's gradient, through the taps that
// reach each pixel. Where a channel has several filters, their sums are added up afterwards.
#include "conv/depthwise.h"
#include "conv/tap_phases.h"

typedef struct {
  ptrdiff_t times;   // filters of a channel
  tap_phases phases; // whose tables say, in floats, where each tap finds its pixel and its weights
} depthwise_plan;

static void plan_depthwise(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  depthwise_plan own = {l->conv.filters / l->conv.channels, conv_tap_phases(&l->conv, p->dy, memory)};
  for (ptrdiff_t i = 0; memory->base && i < l->taps; i++) {
    own.phases.dy_offset[i] *= l->filter_lanes;
    own.phases.tap[i] *= CK_LANES;
  }
  p->row_unit = 1;
  p->order = conv_forward_order(&(conv_slices){l->conv, l->slices}); // filters are in the lanes here, too
  p->next_slice = l->taps * l->filter_lanes;
  p->packed_floats = l->slices * p->next_slice;
  p->scratch_floats = own.times == 1 ? 0 : l->conv.width * l->filter_lanes;
  p->own = ck_keep(memory, &own, sizeof own);
}

static const float *convert(const image_plan *p, const float *source, ck_range rows, float *scratch) {
  (void)p, (void)rows, (void)scratch;
  return source;
}

// Rows of pixels of filter lanes, which are seen through the same taps: one, or with stride 1 any number.
static void compute_rows(const image_plan *p, const float *packed, const float *dy, ck_range rows, float *to) {
  const depthwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t lanes = l->filter_lanes, run = c->stride_width == 1 && c->dilation_width == 1 ? -c->kernel_width : 1;
  const conv_step y = conv_step_of(rows.first + c->pad_height, c->stride_height);
  for (ptrdiff_t first = 0; first < ck_min(c->stride_width, c->width); first++) {
    const conv_step x = conv_step_of(first + c->pad_width, c->stride_width);
    const tap_phase phase = own->phases.phase[y.phase * c->stride_width + x.phase];
    const float *from = dy + ((p->dy.top + y.step) * p->dy.width + p->dy.left + x.step) * lanes;
    for (ptrdiff_t panel = 0; panel < l->filter_panels; panel++)
      l->context.kernels->depthwise_rows(rows.count, ck_ceil_div(c->width - first, c->stride_width), phase.count, run,
                                         own->phases.dy_offset + phase.first, own->phases.tap + phase.first,
                                         from + panel * CK_LANES, p->dy.width * lanes, lanes,
                                         packed + panel * l->taps * CK_LANES, to + first * lanes + panel * CK_LANES,
                                         c->width * lanes, c->stride_width * lanes);
  }
}

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, ck_range panels,
                    float *scratch, float *to, image_prefetch *next) {
  (void)panels; // all of them
  const depthwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t at_once = l->conv.stride_height == 1 && own->times == 1 ? rows.count : 1;
  for (ptrdiff_t i = 0; i < rows.count; i += at_once) {
    float *row = to + i * p->width * p->lanes;
    compute_rows(p, packed, source, (ck_range){rows.first + i, at_once}, own->times == 1 ? row : scratch);
    if (own->times > 1)
      l->context.kernels->sum_repeated(p->width, l->conv.channels, own->times, scratch, l->filter_lanes, row, p->lanes);
  }
  image_prefetch_step(next);
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) { return ck_ceil_div(rows, p->chunk_rows); }

const image_algorithm conv_input_depthwise = {.choice = {CK_CONV_DEPTHWISE, conv_has_groups, NULL},
                                              .plan = plan_depthwise,
                                              .pack_weights = conv_pack_depthwise,
                                              .convert = convert,
                                              .compute = compute,
                                              .prefetch_steps = prefetch_steps};
