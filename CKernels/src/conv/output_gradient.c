// How one image's output gradient is brought in, through what followed the convolution.
#include "conv/backward.h"
#include "norm/activated.h"

// The gradient of rows `rows` of sixteen planes, from `filter` on, before they were pooled.
static const float *unpool(const backward_call *call, ptrdiff_t image, ptrdiff_t filter, ptrdiff_t count, ck_range rows,
                           float *mine) {
  const conv_layout *l = &call->plan->weights.layout;
  const ck_pool2d pool = {rows.count, l->out_width, 2, 2, 2, 2, 0, 0};
  const ptrdiff_t plane = l->out_height / 2 * (l->out_width / 2);
  const ptrdiff_t at = (image * l->conv.filters + filter) * plane + rows.first / 2 * (l->out_width / 2);
  float *to = mine + call->plan->unpooled;
  for (ptrdiff_t i = 0; i < count; i++)
    call->context->kernels->max_pool_backward(&pool, 1, call->dy + at + i * plane,
                                              call->operands.norm->argmax + at + i * plane,
                                              to + i * rows.count * l->out_width);
  return to;
}

// The gradient of rows `rows` of some planes' convolution, through the batch normalisation behind it, which names its
// channels from `channel` on.
static const float *derive_normalised(const backward_call *call, ptrdiff_t image, ptrdiff_t filter, ptrdiff_t count,
                                      ck_range rows, float *mine) {
  const conv_layout *l = &call->plan->weights.layout;
  const ck_kernel_set *kernels = call->context->kernels;
  const ck_norm_gradient *norm = call->operands.norm;
  const ck_activation *f = &norm->activation;
  const ptrdiff_t filters = l->conv.filters, plane = l->out_height * l->out_width, pixels = rows.count * l->out_width;
  const ptrdiff_t at = (image * filters + filter) * plane + rows.first * l->out_width;
  const ptrdiff_t channel = image % call->slices * filters + filter;
  const bool apart = norm->activates && f->kind != CK_RELU;
  float *derived = mine + call->plan->derived;
  const float *dy = norm->argmax ? unpool(call, image, filter, count, rows, mine) : call->dy + at;
  ptrdiff_t step = norm->argmax ? pixels : plane;
  if (apart) {
    for (ptrdiff_t i = 0; i < count; i++)
      norm_derive_plane(kernels, f, &norm->channels, channel + i, pixels, dy + i * step, norm->x + at + i * plane,
                        derived + i * pixels);
    dy = derived;
    step = pixels;
  }
  kernels->batch_norm_plane_gradient(channel, count, pixels, dy, step, norm->x + at, plane, norm, derived, pixels);
  return derived;
}

// The same through an activation; with pooling, rows are pooled ones.
static const float *derive_activated(const backward_call *call, ptrdiff_t image, ptrdiff_t filter, ptrdiff_t count,
                                     ck_range rows, ptrdiff_t width, float *mine) {
  const ck_conv2d *c = &call->plan->weights.layout.conv;
  const ptrdiff_t plane = ck_conv2d_plane(c), at = (image * c->filters + filter) * plane + rows.first * width;
  float *derived = mine + call->plan->derived;
  for (ptrdiff_t i = 0; i < count; i++)
    call->context->kernels->activation_backward[c->activation.kind](
        &c->activation, rows.count * width, call->dy + at + i * plane, call->operands.kept + at + i * plane,
        derived + i * rows.count * width);
  return derived;
}

// Lays rows `rows` of the gradient of one image's convolution out from `to` on, through what followed it: of sixteen
// filters at a time so many rows as stay in the first-level cache from kernel to kernel.
static void load_derived(const backward_call *call, ptrdiff_t image, ck_range rows, ptrdiff_t width, float *to,
                         ptrdiff_t row_floats, float *mine) {
  const backward_plan *plan = call->plan;
  const ptrdiff_t filters = plan->weights.layout.conv.filters, lanes = plan->weights.layout.filter_lanes;
  const ptrdiff_t end = rows.first + rows.count;
  const ck_transpose_change change = {.run = width, .gap = row_floats - width * lanes};
  for (ptrdiff_t f = 0; f < filters; f += CK_LANES) {
    const ptrdiff_t count = ck_min(CK_LANES, filters - f);
    for (ptrdiff_t y = rows.first; y < end; y += plan->block_rows) {
      const ck_range block = {y, ck_min(plan->block_rows, end - y)};
      const ptrdiff_t pixels = block.count * width;
      const float *derived = call->operands.norm ? derive_normalised(call, image, f, count, block, mine)
                                                 : derive_activated(call, image, f, count, block, width, mine);
      call->context->kernels->transpose(count, pixels, derived, pixels, &change, to + (y - rows.first) * row_floats + f,
                                        lanes, CK_LANES);
    }
  }
}

// Where the gradient of one image's convolution is laid out.
static float *inside_of_border(const backward_call *call, ptrdiff_t image, float *mine) {
  const backward_plan *plan = call->plan;
  const ptrdiff_t lanes = plan->weights.layout.filter_lanes;
  return plan->whole_batch ? call->workspace + plan->dy_images + image * plan->dy.height * plan->dy.width * lanes
                           : mine + plan->dy_at + (plan->dy.top * plan->dy.width + plan->dy.left) * lanes;
}

output_gradient conv_load_dy(const backward_call *call, ptrdiff_t image, ck_range rows, float *mine) {
  const backward_plan *plan = call->plan;
  const conv_layout *l = &plan->weights.layout;
  const ck_conv2d *c = &l->conv;
  const ck_kernel_set *kernels = call->context->kernels;
  const ck_conv2d_backward_operands *operands = &call->operands;
  const ptrdiff_t lanes = l->filter_lanes, count = conv_y_count(c), at = image * count;
  const float *dy = call->dy + at, *kept = operands->kept ? operands->kept + at : NULL;
  const ptrdiff_t row_floats = plan->dy.width * lanes;
  float *inside = inside_of_border(call, image, mine);
  const bool apart = conv_activates_apart(c) && !operands->dshortcut;
  if (operands->norm && operands->norm->argmax) // rows were pooled two by two
    rows = (ck_range){0, l->out_height};
  if (operands->dshortcut) {
    kernels->activation_backward[c->activation.kind](&c->activation, count, dy, kept, operands->dshortcut + at);
    dy = operands->dshortcut + at;
  }
  if (!conv_pools(c)) {
    float *to = inside + rows.first * row_floats;
    if (operands->norm || apart)
      load_derived(call, image, rows, l->out_width, to, row_floats, mine);
    else
      conv_interleave(kernels, dy, c->filters, l->out_height, l->out_width, rows,
                      conv_rectifies(c) && !operands->dshortcut ? kept : NULL, to, plan->dy.width, lanes);
    return (output_gradient){inside, NULL, NULL};
  }
  const ptrdiff_t high = l->out_height / 2, wide = l->out_width / 2;
  const uint8_t *argmax = operands->argmax + image * ck_conv2d_plane(c) * lanes;
  float *pooled = mine + plan->pooled;
  if (apart)
    load_derived(call, image, (ck_range){0, high}, wide, pooled, wide * lanes, mine);
  else
    conv_interleave(kernels, dy, c->filters, high, wide, (ck_range){0, high}, kept, pooled, wide, lanes);
  if (call->unpools)
    kernels->interleaved_pool_backward(high, wide, lanes, pooled, argmax, inside, row_floats);
  return (output_gradient){inside, pooled, argmax};
}
