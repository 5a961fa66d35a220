// The forward pass: images, or blocks of their rows, are shared out among the threads; an algorithm computes the rows,
// and what follows the convolution happens on their way back to planes. Of a convolution with slices (conv_slices),
// each slice of an image is an image here.
#include "conv/plan.h"
#include <string.h>

enum { FORWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

extern const image_algorithm conv_forward_depthwise_planes, conv_forward_depthwise, conv_forward_pointwise,
    conv_forward_winograd, conv_forward_direct;
static const image_algorithm *const algorithms[] = {&conv_forward_depthwise_planes, &conv_forward_depthwise,
                                                    &conv_forward_pointwise,        &conv_forward_winograd,
                                                    &conv_forward_direct,           NULL};

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
  const bool interleaves = !p->algorithm->compute_planes;
  plan->x_floats = interleaves ? conv_padded_floats(&p->layout, p->past) : 0;
  plan->x = ck_place(&end, plan->x_floats);
  plan->converted = ck_place(&end, p->converted_floats);
  plan->zeroed_floats = end;
  plan->chunk = ck_place(&end, interleaves ? p->chunk_rows * p->width * p->lanes : 0);
  plan->pooled = ck_place(&end, conv_pools(c) ? p->chunk_rows * p->width * p->lanes / 4 : 0);
  plan->scratch = ck_place(&end, p->scratch_floats);
  plan->thread_floats = end;
  plan->workspace_bytes = (size_t)(p->packed_floats + context->threads * plan->thread_floats) * sizeof(float);
  return true;
}

bool conv_plan_forward(conv_forward_plans *plans, const ck_context *context, const conv_slices *slices,
                       ck_conv2d_algorithm algorithm, ck_workspace *memory) {
  const ck_context full = ck_at_highest(context);
  const bool two_terms = ck_terms(context) == 2, suited = two_terms && suits_two_terms(context, slices);
  plans->count = suited ? 2 : 1;
  return plan_variant(&plans->variant[0], two_terms && !suited ? &full : context, slices, algorithm, memory) &&
         (!suited || plan_variant(&plans->variant[1], &full, slices, algorithm, memory));
}

// One call of the pass, as its threads see it.
typedef struct {
  const forward_plan *plan;
  ptrdiff_t images; // slices of images
  const float *x, *w, *bias;
  float *y;
  ck_conv2d_forward_operands operands;
  float *packed, *threads; // in the workspace
  int team;
  ck_queue queue;
} forward_call;

// Rows `rows` of one image's convolution, of slice `slice`, and its post-op; `y`, `shortcut` and `argmax` are the
// image's.
static void convolve_rows(const forward_call *call, float *mine, const float *source, ptrdiff_t slice, ck_range rows,
                          float *y, const float *shortcut, uint8_t *argmax, image_prefetch *next) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ck_kernel_set *kernels = p->layout.context.kernels;
  const ptrdiff_t plane = ck_conv2d_plane(c), width = p->width, lanes = p->lanes;
  const float *packed = call->packed + slice * p->next_slice,
              *bias = call->bias ? call->bias + slice * c->filters : NULL;
  float *chunk = mine + plan->chunk, *pooled = mine + plan->pooled;
  for (ptrdiff_t first = rows.first; first < rows.first + rows.count; first += p->chunk_rows) {
    const ptrdiff_t high = ck_min(p->chunk_rows, rows.first + rows.count - first);
    p->algorithm->compute(p, packed, source, (ck_range){first, high}, mine + plan->scratch, chunk, next);
    if (conv_pools(c)) {
      const ptrdiff_t before = first / 2 * (width / 2), pixels = high / 2 * (width / 2);
      kernels->interleaved_pool_forward(high, width, c->filters, chunk, bias, pooled, argmax + before * lanes);
      kernels->transpose(pixels, c->filters, pooled, lanes, NULL, y + before, plane, pixels);
    } else {
      const ck_transpose_change change = {
          .bias = bias, .added = shortcut ? shortcut + first * width : NULL, .relu = conv_rectifies(c)};
      const ptrdiff_t pixels = high * width;
      kernels->transpose(pixels, c->filters, chunk, lanes, &change, y + first * width, plane, pixels);
    }
  }
}

// What a batch normalisation does to the rows of one image that were just written, or wants to know of all of them.
static void normalise(const forward_call *call, ptrdiff_t image, ck_range rows) {
  const image_plan *p = &call->plan->images;
  const ck_kernel_set *kernels = p->layout.context.kernels;
  const ptrdiff_t filters = p->layout.conv.filters, slices = p->layout.slices, first = image % slices * filters;
  const ptrdiff_t plane = p->height * p->width, start = image * filters * plane;
  if (call->operands.moments) {
    float *mean = call->operands.moments + image / slices * 2 * slices * filters;
    kernels->batch_norm_plane_moments(first, filters, plane, call->y + start, mean, mean + slices * filters);
  }
  const ck_normalisation *n = call->operands.normalisation;
  if (n) {
    const ptrdiff_t at = start + rows.first * p->width;
    kernels->batch_norm_plane_apply(first, filters, rows.count * p->width, plane, call->y + at, &n->channels,
                                    n->shortcut ? n->shortcut + at : NULL, n->relu, call->y + at);
  }
}

// Rows `rows` of one image's output by an algorithm that needs nothing brought in.
static void compute_planes(const forward_call *call, float *mine, ptrdiff_t image, ck_range rows,
                           image_prefetch *next) {
  const image_plan *p = &call->plan->images;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t slice = image % p->layout.slices, at = image * conv_y_count(c);
  p->algorithm->compute_planes(p, call->packed + slice * p->next_slice, call->x + image * conv_x_count(c),
                               call->bias ? call->bias + slice * c->filters : NULL,
                               call->operands.shortcut ? call->operands.shortcut + at : NULL,
                               (ck_range){rows.first * p->width, rows.count * p->width}, mine + call->plan->scratch,
                               call->y + at, next);
}

// Brings in the rows of one image that rows `rows` of its output see, and computes those.
static void convolve(const forward_call *call, float *mine, ptrdiff_t image, ck_range rows, image_prefetch *next) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t top = ck_max(rows.first * c->stride_height - c->pad_height, 0);
  const ptrdiff_t end = (rows.first + rows.count - 1) * c->stride_height - c->pad_height + ck_conv2d_window_height(c) +
                        l->overlaps; // whose last pixel's neighbour is the next row's first
  const ck_range needed = {top, ck_max(ck_min(end, c->height) - top, 0)};
  const float *padded = conv_load_x(l, plan->x_floats, call->x + image * conv_x_count(c), needed, mine + plan->x);
  const ck_range padded_rows = {needed.first + ck_max(c->pad_height, 0), needed.count};
  const float *source = p->algorithm->convert(p, padded, padded_rows, mine + plan->converted);
  const ck_conv2d_forward_operands *operands = &call->operands;
  const ptrdiff_t at = image * conv_y_count(c);
  uint8_t *argmax = operands->argmax ? operands->argmax + image * ck_conv2d_plane(c) * l->filter_lanes : NULL;
  convolve_rows(call, mine, source, image % l->slices, rows, call->y + at,
                operands->shortcut ? operands->shortcut + at : NULL, argmax, next);
}

static void run_thread(forward_call *call) {
  const forward_plan *plan = call->plan;
  const image_plan *p = &plan->images;
  const ck_conv2d *c = &p->layout.conv;
  float *mine = call->threads + omp_get_thread_num() * plan->thread_floats;
  p->algorithm->pack_weights(p, call->w, call->packed);
  memset(mine, 0, (size_t)plan->zeroed_floats * sizeof(float));
  // Whole images where there are enough of them or their moments are wanted, else blocks of rows.
  const ptrdiff_t images = call->images, team = call->team;
  const bool whole = images >= 2 * team || call->operands.moments;
  const ptrdiff_t blocks = whole ? 1 : ck_min(p->height, ck_ceil_div(2 * team, images));
  for (ptrdiff_t task; (task = ck_next(&call->queue)) < images * blocks;) {
    const ptrdiff_t image = task / blocks;
    const ck_range rows = ck_share(p->height, blocks, task % blocks, p->row_unit);
    // Whose image is next is not known yet; with even work it is that of a team further on.
    const ptrdiff_t following = image + team;
    const ptrdiff_t steps = blocks == 1 && following < images ? p->algorithm->prefetch_steps(p, rows.count) : 0;
    image_prefetch next = {.x = ck_prefetch_make(call->x + following * conv_x_count(c), conv_x_count(c), steps),
                           .y = ck_prefetch_make(call->y + following * conv_y_count(c), conv_y_count(c), steps)};
    if (p->algorithm->compute_planes)
      compute_planes(call, mine, image, rows, &next);
    else
      convolve(call, mine, image, rows, &next);
    normalise(call, image, rows);
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
  float *packed = workspace;
  forward_call call = {.plan = plan,
                       .images = images,
                       .x = x,
                       .w = w,
                       .bias = bias,
                       .y = y,
                       .operands = *operands,
                       .packed = packed,
                       .threads = packed + p->packed_floats,
                       .team = ck_team(&plans->context, work, FORWARD_GRAIN)};
  CK_PARALLEL_REGION(call.team) {
    run_thread(&call);
  }
}
