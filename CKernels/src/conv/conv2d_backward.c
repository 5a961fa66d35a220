// The backward pass: both gradients of an image while it is in the cache. The batch is cut into CONV_PARTS parts
// whatever the thread count; each part adds up its own weight gradient, and a tree adds the parts.
#include "conv/conv2d_backward.h"
#include <string.h>

enum { BACKWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

static backward_scratch take_scratch(ck_workspace *workspace, const backward_plans *plans, int threads, bool with_dx) {
  const conv2d_plan *p = &plans->weights, *input = &plans->input;
  const ck_conv2d *c = &p->conv;
  backward_scratch s = {.parts = ck_max(1, ck_min(c->batch, CONV_PARTS)), .way = plans->way};
  s.dw = ck_take_floats(workspace, s.parts * conv2d_dw_floats(p));
  s.dbias = ck_take_floats(workspace, s.parts * p->filter_lanes);
  const ptrdiff_t row = ck_max(p->x_width * p->x_channels * c->stride_height, p->out_width * p->filter_lanes);
  s.block_rows = ck_max(1, CONV_L1_FLOATS / row);
  s.x_floats = conv2d_x_scratch_floats(p);
  s.dy_floats = conv2d_dy_floats(input);
  if (s.way == OF_TILES) {
    s.x_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * p->out_height);
    s.dy_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * p->out_height);
    s.row_cells = ck_ceil_div(p->out_width, p->per_cell);
    s.x_cell_floats = conv2d_pairs(p) ? s.x_floats : 0;
    s.dy_cell_floats = conv2d_pairs(p) ? p->out_height * s.row_cells * p->filter_lanes : 0;
  } else if (s.way == OF_PLANES) {
    s.planes = conv2d_planes_of(p);
    s.x_floats = 2 * s.planes.cells; // one plane
    s.x_cell_floats = ck_parts(&p->context) * s.planes.x_floats;
    s.dy_cell_floats = ck_parts(&p->context) * s.planes.dy_floats;
  } else if (s.way == OF_LISTS) {
    s.list_capacity = conv2d_list_capacity(p, &s);
    const ptrdiff_t numbers = threads * CONV_LANES * s.list_capacity;
    s.window_start = (int32_t *)ck_take_floats(workspace, p->out_height * p->out_width + CONV_LANES);
    s.lists.count = (ptrdiff_t *)ck_take_floats(workspace, 2 * threads * CONV_LANES);
    s.lists.window = (int32_t *)ck_take_floats(workspace, numbers);
    s.lists.gradient = ck_take_floats(workspace, numbers);
  }
  if (with_dx) {
    ptrdiff_t weights = conv2d_taps(p) * input->dy_filters * p->channel_lanes;
    if (input->winograd_input) {
      s.winograd = ck_winograd_of(&input->context, c->filters, c->channels, c->width, p->dy_width * p->filter_lanes,
                                  p->filter_lanes);
      s.products_floats = ck_winograd_scratch_floats(&s.winograd);
      weights = ck_winograd_weight_floats(&s.winograd);
    }
    s.weights = ck_take_floats(workspace, weights);
    s.weight_cells = s.weights;
    if (conv2d_pairs(input)) {
      s.weight_cells = ck_take_floats(workspace, ck_parts(&input->context) * weights / 2);
      s.w_low = ck_low(&input->context, weights / 2);
      const ptrdiff_t dy_cells = input->winograd_input ? 0 : ck_round_up(s.dy_floats / 2, CONV_LANES);
      s.dy_low = ck_low(&input->context, dy_cells);
      s.dy_cell_floats = ck_max(s.dy_cell_floats, ck_parts(&input->context) * dy_cells);
    }
    s.tap_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * conv2d_taps(p));
    s.w_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * conv2d_taps(p));
    s.chunk_rows = conv2d_chunk_rows(c->width, p->channel_lanes, c->height, input->winograd_input ? 2 : 1);
    s.chunk_floats = s.chunk_rows * c->width * p->channel_lanes;
  }
  s.x = ck_take_floats(workspace, threads * s.x_floats);
  s.dy = ck_take_floats(workspace, threads * s.dy_floats);
  s.x_cells = ck_take_floats(workspace, threads * s.x_cell_floats);
  s.dy_cells = ck_take_floats(workspace, threads * s.dy_cell_floats);
  s.chunk = ck_take_floats(workspace, threads * s.chunk_floats);
  s.products = ck_take_floats(workspace, threads * s.products_floats);
  s.pooled_floats = conv2d_pools(p) ? ck_conv2d_plane(c) * p->filter_lanes : 0;
  s.pooled_dy = ck_take_floats(workspace, threads * s.pooled_floats);
  return s;
}

// Whatever the precision allows.
static bool at_full_precision(weights_way way) { return way == OF_LISTS || way == OF_ONE_CHANNEL; }

static backward_plans plans_make(const ck_context *weights, const ck_context *input, const ck_conv2d *conv,
                                 bool with_dx) {
  const weights_way way = conv2d_weights_on_planes(weights, conv)     ? OF_PLANES
                          : conv2d_weights_listed(weights, conv)      ? OF_LISTS
                          : conv2d_weights_one_channel(weights, conv) ? OF_ONE_CHANNEL
                                                                      : OF_TILES;
  const ck_context full = ck_full(weights);
  const bool border = with_dx || way == OF_PLANES; // its k runs over rows of dy as they lie: one width for one order
  backward_plans plans = {.weights = conv2d_plan_make(at_full_precision(way) ? &full : weights, conv, border),
                          .input = conv2d_plan_make(input, conv, border),
                          .way = way};
  if (way == OF_PLANES)
    plans.weights.dy_width = plans.input.dy_width = conv2d_plane_width(&plans.weights);
  return plans;
}

// What each half is computed with: of two parts, full precision where the shape or the range does not suit them.
// `dx` or `dw` may be NULL.
static backward_plans plans_for(const ck_context *wanted, const ck_conv2d *conv, const float *dy, const float *x,
                                const float *w, const float *dx, const float *dw) {
  ck_context weights = *wanted, input = *wanted;
  if (ck_parts(wanted) == 2) {
    const bool far = conv2d_reaches_far(dy, conv->batch * conv->filters * ck_conv2d_plane(conv));
    if (!(dw && far && conv2d_weights_on_planes(wanted, conv) && conv2d_reaches_far(x, conv2d_x_count(conv))))
      weights = ck_full(wanted);
    if (!(dx && far && conv2d_fills_tiles(wanted, ck_ceil_div(conv->filters, 2)) &&
          conv2d_reaches_far(w, conv2d_w_count(conv))))
      input = ck_full(wanted);
  }
  backward_plans plans = plans_make(&weights, &input, conv, dx != NULL);
  plans.of_all_pixels = !conv2d_pools(&plans.weights) || dx || (dw && plans.way != OF_ONE_CHANNEL);
  return plans;
}

size_t ck_conv2d_workspace_bytes(const ck_context *context, const ck_conv2d *conv) {
  size_t most = conv2d_forward_bytes(context, conv);
  const ck_context contexts[] = {*context, ck_full(context)};
  const ptrdiff_t choices = ck_parts(context); // two parts may fall back, in either half
  for (ptrdiff_t i = 0; i < choices * choices; i++) {
    const backward_plans plans = plans_make(&contexts[i % choices], &contexts[i / choices], conv, true);
    ck_workspace workspace = {NULL, 0};
    take_scratch(&workspace, &plans, context->threads, true);
    most = workspace.used > most ? workspace.used : most;
  }
  return most;
}

// The gradient of the convolution itself, before its tail, of one image: interleaved, inside its border of zeros; with
// pooling also as it is before that is undone. `y` and `argmax` are the image's outputs.
static void load_dy(const ck_kernel_set *kernels, const backward_plans *plans, const float *dy, const float *y,
                    const uint8_t *argmax, float *pooled, float *inside) {
  const conv2d_plan *p = &plans->weights;
  const ck_conv2d *c = &p->conv;
  if (conv2d_pools(p)) {
    const ptrdiff_t high = p->out_height / 2, wide = p->out_width / 2;
    conv2d_interleave(kernels, dy, c->filters, high, wide, (ck_range){0, high}, y, pooled, wide, p->filter_lanes);
    if (plans->of_all_pixels)
      kernels->interleaved_pool_backward(high, wide, p->filter_lanes, pooled, argmax, inside,
                                         p->dy_width * p->filter_lanes);
  } else {
    conv2d_interleave(kernels, dy, c->filters, p->out_height, p->out_width, (ck_range){0, p->out_height},
                      c->tail == CK_CONV_RELU ? y : NULL, inside, p->dy_width, p->filter_lanes);
  }
}

// The same bits from either.
static void add_bias_gradient(const ck_kernel_set *kernels, const conv2d_plan *p, const uint8_t *argmax,
                              const float *pooled, const float *inside, float *dbias) {
  if (conv2d_pools(p))
    kernels->interleaved_pooled_sum(p->out_height / 2, p->out_width / 2, p->filter_lanes, pooled, argmax, dbias);
  else
    kernels->interleaved_sum(p->out_height, p->out_width, p->filter_lanes, inside, p->dy_width * p->filter_lanes,
                             dbias);
}

void ck_conv2d_backward(const ck_context *context, const ck_conv2d *conv, const float *dy, const float *x,
                        const float *w, const float *y, const uint8_t *argmax, float *dx, float *dw, float *dbias,
                        void *memory) {
  const backward_plans plans = plans_for(context, conv, dy, x, w, dx, dw);
  const ptrdiff_t x_image = conv->channels * conv->height * conv->width;
  const ptrdiff_t y_image = conv->filters * ck_conv2d_plane(conv);
  const ptrdiff_t outputs = conv->batch * conv->filters * plans.weights.out_height * plans.weights.out_width;
  const int team = ck_team(context, outputs * conv2d_taps(&plans.weights) * conv->channels, BACKWARD_GRAIN);
  ck_workspace workspace = {memory, 0};
  const backward_scratch s = take_scratch(&workspace, &plans, team, dx != NULL);
  if (plans.way == OF_TILES)
    conv2d_weight_gradient_tables(&plans.weights, &s);
  else if (plans.way == OF_LISTS)
    conv2d_weight_listed_table(&plans.weights, &s);
  if (dx)
    conv2d_input_gradient_tables(&plans.input, &s);
  ck_queue queue = 0;
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const conv2d_plan *p = &plans.weights, *input = &plans.input;
    const ck_kernel_set *kernels = context->kernels;
    const int me = omp_get_thread_num();
    const ptrdiff_t weight_turns = s.way == OF_PLANES        ? conv2d_planes_turns(p, &s.planes)
                                   : s.way == OF_LISTS       ? conv2d_listed_turns(p, &s)
                                   : s.way == OF_ONE_CHANNEL ? conv2d_one_channel_turns(p)
                                                             : conv2d_tiles_turns(p, &s);
    const ptrdiff_t turns = (dw ? weight_turns : 0) + (dx ? conv2d_input_turns(input, &s) : 0);
    float *x_scratch = s.x + me * s.x_floats, *dy_scratch = s.dy + me * s.dy_floats;
    float *pooled_dy = s.pooled_dy + me * s.pooled_floats;
    float *dy_inside = dy_scratch + (p->dy_top * p->dy_width + p->dy_left) * p->filter_lanes;
    if (dw)
      memset(x_scratch, 0, (size_t)s.x_floats * sizeof(float));
    if (plans.of_all_pixels)
      memset(dy_scratch, 0, (size_t)s.dy_floats * sizeof(float));
    if (dx)
      conv2d_pack_input_weights(input, &s, w);
    for (ptrdiff_t task; (task = ck_next(&queue)) < s.parts;) {
      const ck_range images = ck_part(conv->batch, s.parts, task, 1);
      float *part_dw = s.dw + task * conv2d_dw_floats(p), *part_dbias = s.dbias + task * p->filter_lanes;
      memset(part_dw, 0, (size_t)conv2d_dw_floats(p) * sizeof(float));
      memset(part_dbias, 0, (size_t)p->filter_lanes * sizeof(float));
      for (ptrdiff_t i = images.first; i < images.first + images.count; i++) {
        const ptrdiff_t coming = i + 1 < images.first + images.count ? turns : 0;
        next_image next = {.dy = ck_ahead_of(dy + (i + 1) * y_image, y_image, coming)};
        if (y)
          next.y = ck_ahead_of(y + (i + 1) * y_image, y_image, coming);
        if (dw)
          next.x = ck_ahead_of(x + (i + 1) * x_image, x_image, coming);
        if (dx)
          next.dx = ck_ahead_of(dx + (i + 1) * x_image, x_image, coming);
        const uint8_t *places = argmax ? argmax + i * ck_conv2d_plane(conv) * p->filter_lanes : NULL;
        load_dy(kernels, &plans, dy + i * y_image, y ? y + i * y_image : NULL, places, pooled_dy, dy_inside);
        if (dw && s.way == OF_PLANES) {
          conv2d_add_weight_gradient_of_planes(p, &s, me, x + i * x_image, dy_inside, part_dw, &next);
        } else if (dw) {
          const float *padded = conv2d_load_x(kernels, p, x + i * x_image, (ck_range){0, conv->height}, x_scratch);
          if (s.way == OF_LISTS)
            conv2d_add_weight_gradient_listed(p, &s, me, padded, dy_inside, part_dw, &next);
          else if (s.way == OF_ONE_CHANNEL)
            conv2d_add_weight_gradient_one_channel(p, &s, me, padded, dy_inside, places, part_dw, &next);
          else
            conv2d_add_weight_gradient(p, &s, me, padded, dy_inside, part_dw, &next);
        }
        if (dbias)
          add_bias_gradient(kernels, p, places, pooled_dy, dy_inside, part_dbias);
        if (dx)
          conv2d_input_gradient(input, &s, me, dy_scratch, dx + i * x_image, &next);
      }
    }
#pragma omp barrier
    if (dw)
      conv2d_add_parts(kernels, s.dw, s.parts, conv2d_dw_floats(p), ck_my_part(conv2d_dw_floats(p), CONV_LANES));
    if (dbias && me == 0)
      conv2d_add_parts(kernels, s.dbias, s.parts, p->filter_lanes, (ck_range){0, p->filter_lanes});
#pragma omp barrier
    if (dw && s.way == OF_LISTS)
      conv2d_unpack_listed_weight_gradient(p, s.dw, ck_my_part(conv->filters, 1), dw);
    else if (dw)
      conv2d_unpack_weight_gradient(p, s.dw, ck_my_part(conv->channels, 1), dw);
    if (dbias && me == 0)
      memcpy(dbias, s.dbias, (size_t)conv->filters * sizeof(float));
    ck_release(context);
    ck_denormals_restore(saved);
  }
}
