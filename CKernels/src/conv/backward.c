// The backward pass: both gradients of an image while it is in the cache. The batch is cut into chunks (conv/chunks.h),
// at most CONV_MAX_CHUNKS whatever the number of threads. Of a convolution with slices (conv_slices), each slice of an
// image is an image here, and a task is one slice of a chunk.
#include "conv/backward.h"
#include <string.h>

enum { BACKWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

// Numbers of dy for each image.
static ptrdiff_t dy_count_of(const ck_conv2d *c, const ck_norm_gradient *norm) {
  return norm && norm->argmax ? conv_y_count(c) / 4 : conv_y_count(c);
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

void conv_write_dx(const backward_call *call, ptrdiff_t image, ck_range rows, const float *from) {
  const image_plan *p = &call->plan->input;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t pixels = rows.count * c->width;
  const ck_transpose_change change = {.bias = call->bias ? call->bias + image % call->slices * c->channels : NULL};
  call->context->kernels->transpose(pixels, c->channels, from, p->lanes, &change,
                                    call->dx + image * conv_x_count(c) + rows.first * c->width, c->height * c->width,
                                    pixels);
}

static void compute_dx(const backward_call *call, ptrdiff_t image, ck_range rows, float *mine, image_prefetch *next) {
  const backward_plan *plan = call->plan;
  const image_plan *p = &plan->input;
  const float *packed = call->workspace + plan->packed + image % call->slices * p->next_slice;
  float *chunk = mine + plan->chunk;
  const float *source =
      p->algorithm->convert(p, mine + plan->dy_at, (ck_range){0, plan->dy.height}, mine + plan->converted);
  for (ptrdiff_t first = rows.first, end = rows.first + rows.count; first < end; first += p->chunk_rows) {
    const ck_range chunk_rows = {first, ck_min(p->chunk_rows, end - first)};
    p->algorithm->compute(p, packed, source, chunk_rows, (ck_range){0, p->lanes / CK_LANES}, mine + plan->input_scratch,
                          chunk, next);
    conv_write_dx(call, image, chunk_rows, chunk);
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
  const ptrdiff_t dy_count = dy_count_of(c, call->operands.norm);
  image_prefetch streams = {.dy = ck_prefetch_make(call->dy + next * dy_count, dy_count, steps)};
  const float *y = call->operands.norm ? call->operands.norm->x : call->operands.kept;
  if (y)
    streams.y = ck_prefetch_make(y + next * y_count, y_count, steps);
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
  const ptrdiff_t chunk = call->chunks.before + task / slices, slice = task % slices;
  const ck_range images = conv_chunk_images(&call->chunks, chunk);
  const ptrdiff_t end = (images.first + images.count) * slices, lanes = weights->layout.filter_lanes;
  float *dw = call->dw_sums.of_chunk + chunk * call->dw_sums.floats + slice * weights->dw_floats;
  float *dbias = call->dbias_sums.of_chunk + chunk * call->dbias_sums.floats + slice * lanes;
  if (call->dw)
    conv_chunk_begin(&call->chunks, &call->dw_sums, chunk, slice * weights->dw_floats, weights->dw_floats);
  if (call->dbias)
    conv_chunk_begin(&call->chunks, &call->dbias_sums, chunk, slice * lanes, lanes);
  const ptrdiff_t together = ck_max(weights->images_together, 1);
  ptrdiff_t place = 0;
  for (ptrdiff_t image = images.first * slices + slice; image < end; image += slices, place = (place + 1) % together) {
    image_prefetch next = prefetch_of(call, image + slices, end);
    const output_gradient dy = conv_load_dy(call, image, (ck_range){0, weights->layout.out_height}, mine);
    if (call->dw)
      weights->algorithm->accumulate(weights, mine + plan->weights_scratch, call->x + image * conv_x_count(c), &dy,
                                     (image_place){place, place + 1 == together || image + slices >= end}, dw, &next);
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
    conv_load_dy(call, image, conv_pools(c) ? (ck_range){0, end} : (ck_range){first, ck_max(end - first, 0)}, mine);
    compute_dx(call, image, rows, mine, &next);
  }
}

static void run_thread(backward_call *call) {
  const backward_plan *plan = call->plan;
  const weights_plan *weights = &plan->weights;
  const ptrdiff_t slices = call->slices, filters = weights->layout.conv.filters;
  const conv_chunk_sums *dw = &call->dw_sums, *dbias = &call->dbias_sums;
  float *mine = call->workspace + plan->threads + omp_get_thread_num() * plan->thread_floats;
  if (call->dw)
    memset(mine + plan->weights_scratch, 0, (size_t)weights->zeroed_floats * sizeof(float));
  if (call->unpools)
    memset(mine + plan->dy_at, 0, (size_t)plan->dy_floats * sizeof(float));
  if (call->dx)
    plan->input.algorithm->pack_weights(&plan->input, call->w, call->workspace + plan->packed);
  if (!call->dw && !call->dbias && !call->operands.dshortcut) { // which is written image by image
    compute_images(call, call->batch * slices, call->team, mine);
    ck_release(call->context);
    return;
  }
  const ptrdiff_t tasks = (call->chunks.end - call->chunks.before) * slices;
  for (ptrdiff_t task; (task = ck_next(&call->queue)) < tasks;)
    compute_task(call, task, mine);
  ck_barrier();
  const bool first_thread = omp_get_thread_num() == 0, is_complete = call->chunks.after == call->chunks.count;
  if (call->dw)
    conv_chunks_add(&call->chunks, dw, call->context->kernels, ck_my_share(dw->floats, CK_LANES));
  if (call->dbias && first_thread)
    conv_chunks_add(&call->chunks, dbias, call->context->kernels, (ck_range){0, dbias->floats});
  if (call->dw && is_complete) {
    ck_barrier();
    weights->algorithm->unpack(weights, dw->of_chunk, call->dw);
  }
  for (ptrdiff_t slice = 0; call->dbias && is_complete && first_thread && slice < slices; slice++)
    memcpy(call->dbias + slice * filters, dbias->of_chunk + slice * weights->layout.filter_lanes,
           (size_t)filters * sizeof(float));
  ck_release(call->context);
}

// What each gradient is computed with: of two terms, full precision where the range does not suit them, and for the
// weights' of a part, all of which add up in one layout.
static const backward_plan *plan_for(const ck_conv2d_plan *plans, ptrdiff_t batch, bool is_part, const float *dy,
                                     ptrdiff_t dy_count, const float *x, const float *w, const float *dx,
                                     const float *dw) {
  const conv_backward_plans *backward = &plans->backward;
  const ck_conv2d *c = &plans->slices.conv;
  const ptrdiff_t slices = plans->slices.count, images = batch * slices;
  int weights = backward->weights_count - 1, input = dx ? backward->input_count - 1 : 0;
  if (weights > 0 || input > 0) {
    const bool in_range = conv_in_range(dy, images * dy_count);
    if (dw && !is_part && in_range && conv_in_range(x, images * conv_x_count(c)))
      weights = 0;
    if (dx && in_range && conv_in_range(w, slices * conv_w_count(c)))
      input = 0;
  }
  return &backward->variant[dx != NULL][weights][input];
}

// Of a part the chunks' sums are behind the rest of the workspace, for they may be more than those of a batch of its
// size.
static void place_sums(const ck_conv2d_plan *plans, backward_call *call) {
  const backward_plan *plan = call->plan;
  const ptrdiff_t lanes = call->slices * plan->weights.layout.filter_lanes;
  call->dw_sums = (conv_chunk_sums){call->slices * plan->weights.dw_floats, call->workspace + plan->dw, NULL};
  call->dbias_sums = (conv_chunk_sums){lanes, call->workspace + plan->dbias, NULL};
  if (!call->operands.part)
    return;
  ptrdiff_t end = (ptrdiff_t)(ck_conv2d_workspace_bytes(plans) / sizeof(float));
  call->dw_sums.of_chunk = call->workspace + ck_place(&end, CONV_MAX_CHUNKS * call->dw_sums.floats);
  call->dbias_sums.of_chunk = call->workspace + end;
  end = 0;
  call->dw_sums.kept = call->operands.part->sums + ck_place(&end, CONV_KEPT_SUMS * call->dw_sums.floats);
  call->dbias_sums.kept = call->operands.part->sums + end;
}

// What `chunks` chunks' sums take, of any of the plans.
static ptrdiff_t sums_floats(const ck_conv2d_plan *plans, ptrdiff_t chunks) {
  ptrdiff_t most = 0;
  for (int with_dx = 0; with_dx < 2; with_dx++) {
    const weights_plan *weights = &plans->backward.variant[with_dx][plans->backward.weights_count - 1][0].weights;
    ptrdiff_t end = 0;
    ck_place(&end, chunks * weights->layout.slices * weights->dw_floats);
    ck_place(&end, chunks * weights->layout.slices * weights->layout.filter_lanes);
    most = ck_max(most, end);
  }
  return most;
}

size_t ck_conv2d_part_workspace_bytes(const ck_conv2d_plan *plans) {
  return ck_conv2d_workspace_bytes(plans) + (size_t)sums_floats(plans, CONV_MAX_CHUNKS) * sizeof(float);
}

ptrdiff_t ck_conv2d_sums_floats(const ck_conv2d_plan *plans) {
  const weights_plan *weights = &plans->backward.variant[0][plans->backward.weights_count - 1][0].weights;
  return weights->algorithm->compute_batch ? conv_batch_sums_floats(weights) : sums_floats(plans, CONV_KEPT_SUMS);
}

void conv_backward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                   const ck_conv2d_backward_operands *operands, const float *bias, float *dx, float *dw, float *dbias,
                   void *workspace) {
  static const ck_conv2d_backward_operands none = {0};
  operands = operands ? operands : &none;
  if (!dx && !dw && !dbias && !operands->dshortcut)
    return; // nothing is trained, here or below
  const ptrdiff_t dy_count = dy_count_of(&plans->slices.conv, operands->norm);
  const backward_plan *plan = plan_for(plans, batch, operands->part != NULL, dy, dy_count, x, w, dx, dw);
  if (dx && (dw || dbias || operands->dshortcut) &&
      plan->whole_batch != (plan->weights.algorithm->compute_batch != NULL)) { // one of the two goes image by image
    ck_conv2d_backward_operands of_input = *operands;
    of_input.dshortcut = NULL; // which may be dy, and so comes last
    of_input.part = NULL;
    conv_backward(plans, batch, dy, x, w, &of_input, bias, dx, NULL, NULL, workspace);
    conv_backward(plans, batch, dy, x, w, operands, NULL, NULL, dw, dbias, workspace);
    return;
  }
  const conv_layout *l = &plan->weights.layout;
  const ptrdiff_t outputs = batch * l->slices * l->conv.filters * l->out_height * l->out_width;
  backward_call call = {.plan = plan,
                        .context = &plans->context,
                        .batch = batch,
                        .chunks = conv_chunks_make(operands->part, batch),
                        .slices = l->slices,
                        .dy = dy,
                        .x = x,
                        .w = w,
                        .operands = *operands,
                        .dx = dx,
                        .dw = dw,
                        .dbias = dbias,
                        .bias = bias,
                        .workspace = workspace,
                        .unpools = plan->whole_batch || !conv_pools(&l->conv) || dx ||
                                   (dw && !plan->weights.algorithm->reads_pooled)};
  place_sums(plans, &call);
  call.team = ck_team(&plans->context, outputs * l->taps * (l->conv.channels / l->conv.groups), BACKWARD_GRAIN);
  CK_PARALLEL_REGION(call.team) {
    (plan->whole_batch ? conv_backward_batch : run_thread)(&call);
  }
}

void ck_conv2d_backward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                        const float *kept, const uint8_t *argmax, float *dx, float *dw, float *dbias, void *workspace) {
  const ck_conv2d_backward_operands operands = {.kept = kept, .argmax = argmax};
  conv_backward(plans, batch, dy, x, w, &operands, NULL, dx, dw, dbias, workspace);
}

void ck_conv2d_backward_fused(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *dy, const float *x,
                              const float *w, const ck_conv2d_backward_operands *operands, float *dx, float *dw,
                              float *dbias, void *workspace) {
  conv_backward(plans, batch, dy, x, w, operands, NULL, dx, dw, dbias, workspace);
}
