// The forward pass: images, or blocks of their rows, are shared out among the threads; an algorithm computes the rows,
// and what follows the convolution happens on their way back to planes. Of a convolution with slices (conv_slices),
// each slice of an image is an image here.
#include "conv/plan.h"
#include <string.h>

enum { FORWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

extern const image_algorithm conv_forward_depthwise_planes, conv_forward_depthwise, conv_forward_matrix,
    conv_forward_amx, conv_forward_pointwise, conv_forward_winograd, conv_forward_direct;
static const image_algorithm *const algorithms[] = {
    &conv_forward_depthwise_planes, &conv_forward_depthwise, &conv_forward_matrix, &conv_forward_amx,
    &conv_forward_pointwise,        &conv_forward_winograd,  &conv_forward_direct, NULL};

// Whether the shape suits two bf16 terms; if not, it is quicker at full precision.
static bool suits_two_terms(const ck_context *context, const conv_slices *slices) {
  const conv_layout l = conv_layout_make(context, slices);
  const ptrdiff_t segment = slices->conv.dilation_width == 1 ? slices->conv.kernel_width * l.x_channels : l.x_channels;
  return !l.overlaps && conv_fills_tiles(context, ck_ceil_div(segment, l.vnni_factor));
}

static bool plan_variant(forward_plan *plan, const ck_context *context, const conv_slices *slices,
                         ck_conv2d_algorithm algorithm, ck_workspace *memory) {
  const ck_conv2d *c = &slices->conv;
  image_plan *p = &plan->images;
  *p = (image_plan){.algorithm = conv_choose_image_algorithm(algorithms, context, c, algorithm),
                    .layout = conv_layout_make(context, slices),
                    .order = conv_forward_order(slices)};
  if (!p->algorithm)
    return false;
  p->height = p->layout.out_height;
  p->width = p->layout.out_width;
  p->lanes = p->layout.filter_lanes;
  conv_plan_images(p, memory);
  ptrdiff_t end = 0;
  const bool interleaves = p->algorithm->compute, whole_batch = p->algorithm->compute_batch;
  plan->x_floats = interleaves ? conv_padded_floats(&p->layout, p->past) : 0;
  plan->x = ck_place(&end, plan->x_floats);
  plan->converted = ck_place(&end, p->converted_floats);
  plan->zeroed_floats = end;
  plan->chunk = ck_place(&end, interleaves ? p->chunk_rows * p->width * p->lanes : 0);
  const ptrdiff_t pooling = conv_pools(c) ? p->chunk_rows * p->width * p->lanes : 0;
  const bool keeps = conv_activates_apart(c) && ck_activation_keeps_input(c->activation);
  plan->activated = ck_place(&end, keeps ? pooling : 0);
  plan->pooled = ck_place(&end, (keeps ? 2 : 1) * pooling / 4);
  plan->scratch = ck_place(&end, p->scratch_floats);
  plan->thread_floats = end;
  plan->outputs = context->threads * plan->thread_floats;
  const ptrdiff_t outputs = whole_batch ? c->batch * slices->count * p->height * p->width * p->lanes : 0;
  plan->workspace_bytes = (size_t)(p->packed_floats + plan->outputs + outputs) * sizeof(float);
  return true;
}

bool conv_plan_forward(conv_forward_plans *plans, const ck_context *context, const conv_slices *slices,
                       ck_conv2d_algorithm algorithm, ck_workspace *memory) {
  const ck_context full = ck_at_highest(context);
  const bool two_terms = ck_terms(context) == 2, suited = two_terms && suits_two_terms(context, slices);
  plans->count = suited ? 2 : 1;
  // The algorithm that was asked for may be none of full precision's.
  const bool falls_back = suited && !conv_choose_image_algorithm(algorithms, &full, &slices->conv, algorithm);
  return plan_variant(&plans->variant[0], two_terms && !suited ? &full : context, slices, algorithm, memory) &&
         (!suited ||
          plan_variant(&plans->variant[1], &full, slices, falls_back ? CK_CONV_AUTOMATIC : algorithm, memory));
}

// One call of the pass, as its threads see it.
typedef struct {
  const forward_plan *plan;
  ptrdiff_t images; // slices of images
  const float *x, *w, *bias;
  float *y;
  ck_conv2d_forward_operands operands;
  float *packing;      // where the weights are to be packed; NULL: they are
  const float *packed; // the weights
  float *threads;      // in the workspace
  float *outputs;      // there, too: of all images, where they are computed together
  int team;
  ck_queue queue;
} forward_call;

// What a thread computes at once of one image: rows of pixels, in panels of CK_LANES filters.
typedef struct {
  ptrdiff_t image;
  ck_range rows, panels;
} forward_task;

// A task's filters, of one slice.
static ck_range filters_of(const forward_call *call, const forward_task *task) {
  const ptrdiff_t first = task->panels.first * CK_LANES, left = call->plan->images.layout.conv.filters - first;
  return (ck_range){first, ck_min(task->panels.count * CK_LANES, left)};
}

// Where a pixel of the task's first filter stands in y, of `plane` pixels.
static ptrdiff_t place_of(const forward_call *call, const forward_task *task, ptrdiff_t plane, ptrdiff_t pixel) {
  return (task->image * call->plan->images.layout.conv.filters + filters_of(call, task).first) * plane + pixel;
}

// Where what an activation is taken of goes, all images of it: to be kept, or only to be overwritten.
static float *activation_input(const forward_call *call) {
  const bool apart = conv_activates_apart(&call->plan->images.layout.conv);
  return apart && call->operands.kept ? call->operands.kept : call->y;
}

// The activation of pixels that were just computed, if it takes passes of its own.
static void activate(const forward_call *call, const forward_task *task, ck_range pixels) {
  const image_plan *p = &call->plan->images;
  const ck_conv2d *c = &p->layout.conv;
  if (!conv_activates_apart(c) || conv_pools(c))
    return;
  const ptrdiff_t plane = p->height * p->width, first = place_of(call, task, plane, pixels.first);
  const float *from = activation_input(call);
  for (ptrdiff_t f = 0; f < filters_of(call, task).count; f++) {
    const ptrdiff_t at = first + f * plane;
    p->layout.context.kernels->activation_forward[c->activation.kind](&c->activation, pixels.count, from + at,
                                                                      call->y + at);
  }
}

// Activation and 2 x 2 pooling of rows from `first` on, which are in `chunk`.
static void pool_rows(const forward_call *call, const forward_task *task, float *mine, float *chunk, ptrdiff_t first,
                      ptrdiff_t high, const float *bias) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ck_kernel_set *kernels = p->layout.context.kernels;
  const ck_range filters = filters_of(call, task);
  const ptrdiff_t plane = ck_conv2d_plane(c), width = p->width, lanes = task->panels.count * CK_LANES;
  const ptrdiff_t before = first / 2 * (width / 2), pixels = high / 2 * (width / 2);
  const ptrdiff_t at = place_of(call, task, plane, before);
  uint8_t *argmax = call->operands.argmax + (task->image * plane + before) * p->lanes + filters.first;
  float *pooled = mine + plan->pooled;
  if (!conv_activates_apart(c)) {
    kernels->interleaved_pool_forward(high, width, filters.count, chunk, bias, pooled, argmax, p->lanes);
  } else {
    const ck_activation *f = &c->activation;
    const bool keeps = call->operands.kept && ck_activation_keeps_input(*f);
    float *activated = keeps ? mine + plan->activated : chunk, *kept = keeps ? pooled + pixels * lanes : NULL;
    if (bias)
      kernels->bias_forward(high * width, filters.count, bias, chunk, lanes);
    kernels->activation_forward[f->kind](f, high * width * lanes, chunk, activated);
    kernels->interleaved_pool_activated(high, width, lanes, activated, keeps ? chunk : NULL, pooled, argmax, p->lanes,
                                        kept);
    if (keeps)
      kernels->transpose(pixels, filters.count, kept, lanes, NULL, call->operands.kept + at, plane, pixels);
  }
  kernels->transpose(pixels, filters.count, pooled, lanes, NULL, call->y + at, plane, pixels);
}

// A task's convolution, and its post-op. Where all images were computed together, the convolution is done.
static void convolve_rows(const forward_call *call, const forward_task *task, float *mine, const float *source,
                          image_prefetch *next) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ck_range filters = filters_of(call, task);
  const ptrdiff_t slice = task->image % p->layout.slices, plane = p->height * p->width;
  const ptrdiff_t lanes = task->panels.count * CK_LANES, end = task->rows.first + task->rows.count;
  const float *packed = call->packed + slice * p->next_slice, *shortcut = call->operands.shortcut,
              *bias = call->bias ? call->bias + slice * c->filters + filters.first : NULL;
  for (ptrdiff_t first = task->rows.first; first < end; first += p->chunk_rows) {
    const ptrdiff_t high = ck_min(p->chunk_rows, end - first);
    float *chunk = p->algorithm->compute ? mine + plan->chunk
                                         : call->outputs + (task->image * plane + first * p->width) * p->lanes;
    if (p->algorithm->compute)
      p->algorithm->compute(p, packed, source, (ck_range){first, high}, task->panels, mine + plan->scratch, chunk,
                            next);
    if (conv_pools(c)) {
      pool_rows(call, task, mine, chunk, first, high, bias);
      continue;
    }
    const ck_range pixels = {first * p->width, high * p->width};
    const ptrdiff_t at = place_of(call, task, plane, pixels.first);
    const ck_transpose_change change = {
        .bias = bias, .added = shortcut ? shortcut + at : NULL, .relu = conv_rectifies(c)};
    p->layout.context.kernels->transpose(pixels.count, filters.count, chunk, lanes, &change,
                                         activation_input(call) + at, plane, pixels.count);
    activate(call, task, pixels);
  }
}

// What a batch normalisation does to what was just written, or wants to know of all of it.
static void normalise(const forward_call *call, const forward_task *task) {
  const image_plan *p = &call->plan->images;
  const ck_kernel_set *kernels = p->layout.context.kernels;
  const ck_range filters = filters_of(call, task);
  const ptrdiff_t all = p->layout.conv.filters, slices = p->layout.slices, plane = p->height * p->width;
  const ptrdiff_t first = task->image % slices * all + filters.first;
  if (call->operands.moments) { // of whole planes
    float *mean = call->operands.moments + task->image / slices * 2 * slices * all;
    kernels->batch_norm_plane_moments(first, filters.count, plane, call->y + place_of(call, task, plane, 0), mean,
                                      mean + slices * all);
  }
  const ck_normalisation *n = call->operands.normalisation;
  if (n) {
    const ptrdiff_t at = place_of(call, task, plane, task->rows.first * p->width);
    const ptrdiff_t pixels = task->rows.count * p->width;
    const ck_activation *f = &n->activation;
    kernels->batch_norm_plane_apply(first, filters.count, pixels, plane, call->y + at, &n->channels,
                                    n->shortcut ? n->shortcut + at : NULL, n->activates && f->kind == CK_RELU,
                                    call->y + at);
    for (ptrdiff_t i = 0; n->activates && f->kind != CK_RELU && i < filters.count; i++)
      kernels->activation_forward[f->kind](f, pixels, call->y + at + i * plane, call->y + at + i * plane);
  }
}

// A task of an algorithm that needs nothing brought in; all panels.
static void compute_planes(const forward_call *call, const forward_task *task, float *mine, image_prefetch *next) {
  const image_plan *p = &call->plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t slice = task->image % p->layout.slices, at = task->image * conv_y_count(c);
  const ck_range pixels = {task->rows.first * p->width, task->rows.count * p->width};
  p->algorithm->compute_planes(p, call->packed + slice * p->next_slice, call->x + task->image * conv_x_count(c),
                               call->bias ? call->bias + slice * c->filters : NULL,
                               call->operands.shortcut ? call->operands.shortcut + at : NULL, pixels,
                               mine + call->plan->scratch, activation_input(call) + at, next);
  activate(call, task, pixels);
}

// Brings in the rows of the image that the task's rows see.
static const float *load_source(const forward_call *call, const forward_task *task, float *mine) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ck_range rows = task->rows;
  const ptrdiff_t top = ck_max(rows.first * c->stride_height - c->pad_height, 0);
  const ptrdiff_t end = (rows.first + rows.count - 1) * c->stride_height - c->pad_height + ck_conv2d_window_height(c) +
                        l->overlaps; // whose last pixel's neighbour is the next row's first
  const ck_range needed = {top, ck_max(ck_min(end, c->height) - top, 0)};
  const float *padded = conv_load_x(l, plan->x_floats, call->x + task->image * conv_x_count(c), needed, mine + plan->x);
  const ck_range padded_rows = {needed.first + ck_max(c->pad_height, 0), needed.count};
  return p->algorithm->convert(p, padded, padded_rows, mine + plan->converted);
}

// How images are cut: not at all where there are enough of them or their moments are wanted; else into blocks of rows,
// or of filters where the weights outweigh an image: each thread then reads only some of them.
typedef struct {
  ptrdiff_t of_rows, of_filters;
} forward_blocks;

static forward_blocks blocks_of(const forward_call *call) {
  const image_plan *p = &call->plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t images = call->images, team = call->team;
  if (images >= 2 * team || call->operands.moments)
    return (forward_blocks){1, 1};
  if (p->algorithm->compute && p->next_slice > conv_x_count(c) + p->height * p->width * c->filters)
    return (forward_blocks){1, ck_min(ck_ceil_div(team, images), p->lanes / CK_LANES)};
  return (forward_blocks){ck_min(p->height, ck_ceil_div(2 * team, images)), 1};
}

static void run_thread(forward_call *call) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const ck_conv2d *c = &p->layout.conv;
  float *mine = call->threads + omp_get_thread_num() * plan->thread_floats;
  if (call->packing)
    p->algorithm->pack_weights(p, call->w, call->packing);
  memset(mine, 0, (size_t)plan->zeroed_floats * sizeof(float));
  if (p->algorithm->compute_batch)
    p->algorithm->compute_batch(p, call->packed, call->x, call->images / p->layout.slices, mine + plan->scratch,
                                call->outputs);
  const forward_blocks blocks = blocks_of(call);
  const ptrdiff_t images = call->images, in_image = blocks.of_rows * blocks.of_filters;
  for (ptrdiff_t i; (i = ck_next(&call->queue)) < images * in_image;) {
    const forward_task task = {.image = i / in_image,
                               .rows = ck_share(p->height, blocks.of_rows, i % blocks.of_rows, p->row_unit),
                               .panels = ck_share(p->lanes / CK_LANES, blocks.of_filters, i % blocks.of_filters, 1)};
    // Whose image is next is not known yet; with even work it is that of a team further on.
    const ptrdiff_t following = task.image + call->team;
    const bool prefetches = in_image == 1 && following < images && p->algorithm->prefetch_steps;
    const ptrdiff_t steps = prefetches ? p->algorithm->prefetch_steps(p, task.rows.count) : 0;
    image_prefetch next = {.x = ck_prefetch_make(call->x + following * conv_x_count(c), conv_x_count(c), steps),
                           .y = ck_prefetch_make(call->y + following * conv_y_count(c), conv_y_count(c), steps)};
    if (p->algorithm->compute_planes)
      compute_planes(call, &task, mine, &next);
    else
      convolve_rows(call, &task, mine, p->algorithm->compute ? load_source(call, &task, mine) : NULL, &next);
    normalise(call, &task);
  }
  ck_release(&p->layout.context);
}

void ck_conv2d_forward(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *x, const float *w, const float *bias,
                       float *y, uint8_t *argmax, void *workspace) {
  const ck_conv2d_forward_operands operands = {.argmax = argmax};
  ck_conv2d_forward_fused(plans, batch, x, w, bias, y, &operands, workspace);
}

void ck_conv2d_forward_fused(const ck_conv2d_plan *plans, ptrdiff_t batch, const float *x, const float *w,
                             const float *bias, float *y, const ck_conv2d_forward_operands *operands, void *workspace) {
  const ck_conv2d *c = &plans->slices.conv;
  if (batch == 0)
    return;
  const ptrdiff_t slices = plans->slices.count, images = batch * slices;
  const bool in_range = plans->forward.count == 1 ||
                        (conv_in_range(x, images * conv_x_count(c)) && conv_in_range(w, slices * conv_w_count(c)));
  const forward_plan *plan = &plans->forward.variant[in_range ? 0 : 1];
  const image_plan *p = &plan->images;
  const ptrdiff_t work = images * c->filters * p->height * p->width * p->layout.taps * (c->channels / c->groups);
  const float *packed = operands->packed;
  if (packed && !in_range)
    packed += plans->forward.variant[0].images.packed_floats;
  float *threads = (float *)workspace + (packed ? 0 : p->packed_floats);
  forward_call call = {.plan = plan,
                       .images = images,
                       .x = x,
                       .w = w,
                       .bias = bias,
                       .y = y,
                       .operands = *operands,
                       .packing = packed ? NULL : workspace,
                       .packed = packed ? packed : workspace,
                       .threads = threads,
                       .outputs = threads + plan->outputs,
                       .team = ck_team(&plans->context, work, FORWARD_GRAIN)};
  CK_PARALLEL_REGION(call.team) {
    run_thread(&call);
  }
}

size_t ck_conv2d_packed_bytes(const ck_conv2d_plan *plans) {
  ptrdiff_t floats = 0;
  for (int i = 0; i < plans->forward.count; i++)
    floats += plans->forward.variant[i].images.packed_floats;
  return (size_t)floats * sizeof(float);
}

size_t ck_conv2d_packed_workspace_bytes(const ck_conv2d_plan *plans) {
  size_t most = 0;
  for (int i = 0; i < plans->forward.count; i++) {
    const forward_plan *plan = &plans->forward.variant[i];
    const size_t bytes = plan->workspace_bytes - (size_t)plan->images.packed_floats * sizeof(float);
    most = bytes > most ? bytes : most;
  }
  return most;
}

bool ck_conv2d_reads_plain_weights(const ck_conv2d_plan *plans) { return plans->forward.count > 1; }

void ck_conv2d_pack(const ck_conv2d_plan *plans, const float *w, void *packed) {
  float *to = packed;
  for (int i = 0; i < plans->forward.count; i++) {
    const image_plan *p = &plans->forward.variant[i].images;
    CK_PARALLEL_REGION(ck_team(&plans->context, p->packed_floats, FORWARD_GRAIN)) {
      p->algorithm->pack_weights(p, w, to);
    }
    to += p->packed_floats;
  }
}
