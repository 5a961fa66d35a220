// The backward pass: both gradients of an image while it is in the cache. The batch is cut into chunks, at most
// MAX_CHUNKS whatever the number of threads; each chunk adds up its own weights' gradient, and a tree adds the chunks.
// Of a convolution with slices (conv_slices), each slice of an image is an image here, and a task is one slice of a
// chunk.
#include "conv/plan.h"
#include <string.h>

enum {
  MAX_CHUNKS = 16,
  BACKWARD_GRAIN = 100000, // multiply-adds that are worth another thread
};

extern const image_algorithm conv_input_depthwise, conv_input_winograd, conv_input_direct;
static const image_algorithm *const input_algorithms[] = {&conv_input_depthwise, &conv_input_winograd,
                                                          &conv_input_direct, NULL};

extern const weights_algorithm conv_weights_depthwise, conv_weights_amx, conv_weights_sparse,
    conv_weights_single_channel, conv_weights_direct;
static const weights_algorithm *const weights_algorithms[] = {&conv_weights_depthwise, &conv_weights_amx,
                                                              &conv_weights_sparse,    &conv_weights_single_channel,
                                                              &conv_weights_direct,    NULL};

static ptrdiff_t chunks_of(ptrdiff_t batch) { return ck_max(1, ck_min(batch, MAX_CHUNKS)); }

// ---- the plan ----

static const weights_algorithm *choose(const ck_context *context, const ck_conv2d *c, ck_conv2d_algorithm name) {
  for (const weights_algorithm *const *a = weights_algorithms; *a; a++) {
    if (conv_is_taken(&(*a)->choice, context, c, name))
      return *a;
  }
  return NULL;
}

static void plan_weights(weights_plan *p, const weights_algorithm *algorithm, const ck_context *context,
                         const conv_slices *slices, bool with_dx, ck_workspace *memory) {
  const ck_context full = ck_at_highest(context);
  *p = (weights_plan){.algorithm = algorithm,
                      .layout = conv_layout_make(algorithm->at_full_precision ? &full : context, slices),
                      .dy = gradient_layout_make(&slices->conv, with_dx || algorithm->widen)};
  if (algorithm->widen)
    algorithm->widen(&p->layout, &p->dy);
  algorithm->plan(p, memory);
}

static void plan_input(image_plan *p, const image_algorithm *algorithm, const ck_context *context,
                       const conv_slices *slices, gradient_layout dy, ck_workspace *memory) {
  const ck_conv2d *c = &slices->conv;
  *p = (image_plan){.algorithm = algorithm,
                    .layout = conv_layout_make(context, slices),
                    .dy = dy,
                    .order = conv_input_order(slices),
                    .height = c->height,
                    .width = c->width};
  p->lanes = p->layout.channel_lanes;
  conv_plan_images(p, memory);
}

static void place(backward_plan *plan, const ck_context *context, const conv_slices *slices, bool with_dx) {
  const ck_conv2d *c = &slices->conv;
  const image_plan *input = &plan->input;
  const weights_plan *weights = &plan->weights;
  const ptrdiff_t tasks = chunks_of(c->batch) * slices->count, lanes = weights->layout.filter_lanes;
  plan->dy = weights->dy;
  plan->dy_floats = plan->dy.height * plan->dy.width * lanes + (with_dx ? input->past : 0);
  ptrdiff_t end = 0;
  plan->dw = ck_place(&end, tasks * weights->dw_floats);
  plan->dbias = ck_place(&end, tasks * lanes);
  plan->packed = ck_place(&end, with_dx ? input->packed_floats : 0);
  plan->threads = end;
  end = 0;
  plan->weights_scratch = ck_place(&end, weights->scratch_floats);
  plan->dy_at = ck_place(&end, plan->dy_floats);
  plan->pooled = ck_place(&end, conv_pools(c) ? ck_conv2d_plane(c) * lanes : 0);
  if (with_dx) {
    plan->converted = ck_place(&end, input->converted_floats);
    plan->chunk = ck_place(&end, input->chunk_rows * input->width * input->lanes);
    plan->input_scratch = ck_place(&end, input->scratch_floats);
  }
  plan->thread_floats = end;
  plan->workspace_bytes = (size_t)(plan->threads + context->threads * end) * sizeof(float);
}

bool conv_plan_backward(conv_backward_plans *plans, const ck_context *context, const conv_slices *slices,
                        const ck_conv2d_algorithms *wanted, ck_workspace *memory) {
  const ck_conv2d *c = &slices->conv;
  const ck_context full = ck_at_highest(context);
  const bool two_terms = ck_terms(context) == 2;
  const weights_algorithm *weights[2] = {choose(context, c, wanted->weights)};
  const bool weights_suit = two_terms && weights[0] && weights[0]->in_two_terms;
  const bool input_suits = two_terms && conv_fills_tiles(context, ck_ceil_div(c->filters, 2));
  // The algorithm that was asked for may be none of full precision's.
  weights[1] = choose(&full, c, weights_suit ? CK_CONV_AUTOMATIC : wanted->weights);
  const ck_context *input_context[2] = {two_terms && !input_suits ? &full : context, &full};
  const ck_context *weights_context[2] = {two_terms && !weights_suit ? &full : context, &full};
  if (two_terms && !weights_suit)
    weights[0] = weights[1];
  plans->weights_count = weights_suit ? 2 : 1;
  plans->input_count = input_suits ? 2 : 1;
  for (int with_dx = 0; with_dx < 2; with_dx++) {
    for (int i = 0; i < plans->weights_count; i++) {
      for (int j = 0; j < (with_dx ? plans->input_count : 1); j++) {
        backward_plan *plan = &plans->variant[with_dx][i][j];
        const image_algorithm *input =
            conv_choose_image_algorithm(input_algorithms, input_context[j], c, wanted->input);
        if (!weights[i] || !input)
          return false;
        plan_weights(&plan->weights, weights[i], weights_context[i], slices, with_dx, memory);
        if (with_dx)
          plan_input(&plan->input, input, input_context[j], slices, plan->weights.dy, memory);
        place(plan, context, slices, with_dx);
      }
    }
  }
  return true;
}

// ---- a call ----

// As its threads see it.
typedef struct {
  const backward_plan *plan;
  const ck_context *context;
  ptrdiff_t batch, chunks, slices;
  const float *dy, *x, *w, *y;
  const uint8_t *argmax;
  float *dx, *dw, *dbias;
  const float *bias; // of a transposed convolution, added to dx; or NULL
  float *workspace;
  bool unpools; // somebody reads the gradients of all pixels: pooling, if any, is undone
  int team;
  ck_queue queue;
} backward_call;

// Rows `rows` of the gradient of one image's convolution, interleaved, inside its border of zeros, and with pooling,
// all of them, also before that is undone.
static output_gradient load_dy(const backward_call *call, ptrdiff_t image, ck_range rows, float *mine) {
  const backward_plan *plan = call->plan;
  const conv_layout *l = &plan->weights.layout;
  const ck_conv2d *c = &l->conv;
  const ck_kernel_set *kernels = call->context->kernels;
  const ptrdiff_t lanes = l->filter_lanes;
  const float *dy = call->dy + image * conv_y_count(c), *y = call->y ? call->y + image * conv_y_count(c) : NULL;
  float *inside = mine + plan->dy_at + (plan->dy.top * plan->dy.width + plan->dy.left) * lanes;
  if (!conv_pools(c)) {
    conv_interleave(kernels, dy, c->filters, l->out_height, l->out_width, rows, c->post_op == CK_CONV_RELU ? y : NULL,
                    inside + rows.first * plan->dy.width * lanes, plan->dy.width, lanes);
    return (output_gradient){inside, NULL, NULL};
  }
  const ptrdiff_t high = l->out_height / 2, wide = l->out_width / 2;
  const uint8_t *argmax = call->argmax + image * ck_conv2d_plane(c) * lanes;
  float *pooled = mine + plan->pooled;
  conv_interleave(kernels, dy, c->filters, high, wide, (ck_range){0, high}, y, pooled, wide, lanes);
  if (call->unpools)
    kernels->interleaved_pool_backward(high, wide, lanes, pooled, argmax, inside, plan->dy.width * lanes);
  return (output_gradient){inside, pooled, argmax};
}

// Before pooling is undone and after it the sum has the same bits.
static void add_bias_gradient(const backward_call *call, const output_gradient *dy, float *dbias) {
  const conv_layout *l = &call->plan->weights.layout;
  const ck_kernel_set *kernels = call->context->kernels;
  if (dy->pooled)
    kernels->interleaved_pooled_sum(l->out_height / 2, l->out_width / 2, l->filter_lanes, dy->pooled, dy->argmax,
                                    dbias);
  else
    kernels->interleaved_sum(l->out_height, l->out_width, l->filter_lanes, dy->pixels,
                             call->plan->dy.width * l->filter_lanes, dbias);
}

static void compute_dx(const backward_call *call, ptrdiff_t image, ck_range rows, float *mine, image_prefetch *next) {
  const backward_plan *plan = call->plan;
  const image_plan *p = &plan->input;
  const ck_conv2d *c = &p->layout.conv;
  const float *packed = call->workspace + plan->packed + image % call->slices * p->next_slice;
  float *chunk = mine + plan->chunk, *dx = call->dx + image * conv_x_count(c);
  const float *source =
      p->algorithm->convert(p, mine + plan->dy_at, (ck_range){0, plan->dy.height}, mine + plan->converted);
  const ck_transpose_change change = {.bias = call->bias ? call->bias + image % call->slices * c->channels : NULL};
  for (ptrdiff_t first = rows.first, end = rows.first + rows.count; first < end; first += p->chunk_rows) {
    const ck_range chunk_rows = {first, ck_min(p->chunk_rows, end - first)};
    p->algorithm->compute(p, packed, source, chunk_rows, mine + plan->input_scratch, chunk, next);
    call->context->kernels->transpose(chunk_rows.count * c->width, c->channels, chunk, p->lanes, &change,
                                      dx + first * c->width, c->height * c->width, chunk_rows.count * c->width);
  }
}

// The image `next`, if there is one before `end`.
static image_prefetch prefetch_of(const backward_call *call, ptrdiff_t next, ptrdiff_t end) {
  const weights_plan *weights = &call->plan->weights;
  const image_plan *input = &call->plan->input;
  const ck_conv2d *c = &weights->layout.conv;
  const ptrdiff_t x_count = conv_x_count(c), y_count = conv_y_count(c);
  if (next >= end)
    return (image_prefetch){0};
  const ptrdiff_t steps = (call->dw ? weights->algorithm->prefetch_steps(weights) : 0) +
                          (call->dx ? input->algorithm->prefetch_steps(input, c->height) : 0);
  image_prefetch streams = {.dy = ck_prefetch_make(call->dy + next * y_count, y_count, steps)};
  if (call->y)
    streams.y = ck_prefetch_make(call->y + next * y_count, y_count, steps);
  if (call->dw)
    streams.x = ck_prefetch_make(call->x + next * x_count, x_count, steps);
  if (call->dx)
    streams.dx = ck_prefetch_make(call->dx + next * x_count, x_count, steps);
  return streams;
}

static void compute_task(const backward_call *call, ptrdiff_t task, float *mine) {
  const backward_plan *plan = call->plan;
  const weights_plan *weights = &plan->weights;
  const ck_conv2d *c = &weights->layout.conv;
  const ptrdiff_t slices = call->slices;
  const ck_range images = ck_share(call->batch, call->chunks, task / slices, 1);
  const ptrdiff_t end = (images.first + images.count) * slices, lanes = weights->layout.filter_lanes;
  float *dw = call->workspace + plan->dw + task * weights->dw_floats;
  float *dbias = call->workspace + plan->dbias + task * lanes;
  memset(dw, 0, (size_t)weights->dw_floats * sizeof(float));
  memset(dbias, 0, (size_t)lanes * sizeof(float));
  for (ptrdiff_t image = images.first * slices + task % slices; image < end; image += slices) {
    image_prefetch next = prefetch_of(call, image + slices, end);
    const output_gradient dy = load_dy(call, image, (ck_range){0, weights->layout.out_height}, mine);
    if (call->dw)
      weights->algorithm->accumulate(weights, mine + plan->weights_scratch, call->x + image * conv_x_count(c), &dy, dw,
                                     &next);
    if (call->dbias)
      add_bias_gradient(call, &dy, dbias);
    if (call->dx)
      compute_dx(call, image, (ck_range){0, c->height}, mine, &next);
  }
}

// The input's gradient alone: whole images where there are enough of them, else blocks of rows.
static void compute_images(backward_call *call, ptrdiff_t images, int team, float *mine) {
  const image_plan *p = &call->plan->input;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t blocks = images >= 2 * team ? 1 : ck_min(c->height, ck_ceil_div(2 * team, ck_max(images, 1)));
  for (ptrdiff_t task; (task = ck_next(&call->queue)) < images * blocks;) {
    const ptrdiff_t image = task / blocks;
    const ck_range rows = ck_share(c->height, blocks, task % blocks, p->row_unit);
    if (rows.count == 0)
      continue;
    // The output rows whose windows see these.
    const ptrdiff_t top = rows.first + c->pad_height - ck_conv2d_window_height(c) + 1;
    const ptrdiff_t first = top > 0 ? ck_ceil_div(top, c->stride_height) : 0;
    const ptrdiff_t last = conv_step_of(rows.first + rows.count - 1 + c->pad_height, c->stride_height).step;
    const ptrdiff_t end = conv_pools(c) ? p->layout.out_height : ck_min(last + 1, p->layout.out_height);
    image_prefetch next = blocks == 1 ? prefetch_of(call, image + team, images) : (image_prefetch){0};
    load_dy(call, image, conv_pools(c) ? (ck_range){0, end} : (ck_range){first, ck_max(end - first, 0)}, mine);
    compute_dx(call, image, rows, mine, &next);
  }
}

// Adds all chunks' sums of n floats into the first, as a balanced tree; only the range given.
static void add_chunks(const backward_call *call, float *sums, ptrdiff_t n, ck_range range) {
  for (ptrdiff_t reach = 1; reach < call->chunks; reach *= 2)
    for (ptrdiff_t i = 0; i + reach < call->chunks; i += 2 * reach)
      call->context->kernels->add(range.count, sums + i * n + range.first, sums + (i + reach) * n + range.first);
}

static void run_thread(backward_call *call) {
  const backward_plan *plan = call->plan;
  const weights_plan *weights = &plan->weights;
  const ptrdiff_t slices = call->slices, filters = weights->layout.conv.filters,
                  filter_lanes = weights->layout.filter_lanes;
  const ptrdiff_t lanes = slices * filter_lanes, dw_floats = slices * weights->dw_floats;
  float *mine = call->workspace + plan->threads + omp_get_thread_num() * plan->thread_floats;
  if (call->dw)
    memset(mine + plan->weights_scratch, 0, (size_t)weights->zeroed_floats * sizeof(float));
  if (call->unpools)
    memset(mine + plan->dy_at, 0, (size_t)plan->dy_floats * sizeof(float));
  if (call->dx)
    plan->input.algorithm->pack_weights(&plan->input, call->w, call->workspace + plan->packed);
  if (!call->dw && !call->dbias) {
    compute_images(call, call->batch * slices, call->team, mine);
    ck_release(call->context);
    return;
  }
  for (ptrdiff_t task; (task = ck_next(&call->queue)) < call->chunks * slices;)
    compute_task(call, task, mine);
  ck_barrier();
  const bool first_thread = omp_get_thread_num() == 0;
  float *dw = call->workspace + plan->dw, *dbias = call->workspace + plan->dbias;
  if (call->dw)
    add_chunks(call, dw, dw_floats, ck_my_share(dw_floats, CK_LANES));
  if (call->dbias && first_thread)
    add_chunks(call, dbias, lanes, (ck_range){0, lanes});
  ck_barrier();
  if (call->dw)
    weights->algorithm->unpack(weights, dw, call->dw);
  for (ptrdiff_t slice = 0; call->dbias && first_thread && slice < slices; slice++)
    memcpy(call->dbias + slice * filters, dbias + slice * filter_lanes, (size_t)filters * sizeof(float));
  ck_release(call->context);
}

// What each gradient is computed with: of two terms, full precision where the range does not suit them.
static const backward_plan *plan_for(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x,
                                     const float *w, const float *dx, const float *dw) {
  const conv_backward_plans *backward = &plans->backward;
  const ck_conv2d *c = &plans->slices.conv;
  const ptrdiff_t slices = plans->slices.count, images = batch * slices;
  int weights = backward->weights_count - 1, input = dx ? backward->input_count - 1 : 0;
  if (weights > 0 || input > 0) {
    const bool in_range = conv_in_range(dy, images * conv_y_count(c));
    if (dw && in_range && conv_in_range(x, images * conv_x_count(c)))
      weights = 0;
    if (dx && in_range && conv_in_range(w, slices * conv_w_count(c)))
      input = 0;
  }
  return &backward->variant[dx != NULL][weights][input];
}

void conv_backward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                   const float *y, const uint8_t *argmax, const float *bias, float *dx, float *dw, float *dbias,
                   void *workspace) {
  const backward_plan *plan = plan_for(plans, batch, dy, x, w, dx, dw);
  const conv_layout *l = &plan->weights.layout;
  const ptrdiff_t outputs = batch * l->slices * l->conv.filters * l->out_height * l->out_width;
  backward_call call = {.plan = plan,
                        .context = &plans->context,
                        .batch = batch,
                        .chunks = chunks_of(batch),
                        .slices = l->slices,
                        .dy = dy,
                        .x = x,
                        .w = w,
                        .y = y,
                        .argmax = argmax,
                        .dx = dx,
                        .dw = dw,
                        .dbias = dbias,
                        .bias = bias,
                        .workspace = workspace,
                        .unpools = !conv_pools(&l->conv) || dx || (dw && !plan->weights.algorithm->reads_pooled)};
  call.team = ck_team(&plans->context, outputs * l->taps * (l->conv.channels / l->conv.groups), BACKWARD_GRAIN);
  CK_PARALLEL_REGION(call.team) {
    run_thread(&call);
  }
}

void ck_conv2d_backward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                        const float *y, const uint8_t *argmax, float *dx, float *dw, float *dbias, void *workspace) {
  conv_backward(plans, batch, dy, x, w, y, argmax, NULL, dx, dw, dbias, workspace);
}
