// The forward pass of windows of one pixel: a product of the weights and the channels' planes as they lie, filters in
// the rows of a tile and neighbouring pixels in its lanes. Nothing is interleaved, and nothing is written twice. Each
// output is the chain of forward_direct.c, whose bits it has.
#include "conv/image_algorithm.h"

typedef struct {
  ptrdiff_t block; // pixels whose channels are packed at a time
} pointwise_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return !context->bf16 && c->groups == 1 && c->kernel_height == 1 && c->kernel_width == 1 && c->stride_height == 1 &&
         c->stride_width == 1 && c->pad_height == 0 && c->pad_width == 0 && !conv_pools(c);
}

// The last lanes of a plane stay empty; where they are many, filters in the lanes are quicker.
static bool pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  const ptrdiff_t plane = c->height * c->width;
  return 5 * plane >= 4 * ck_round_up(plane, CK_TILE_HALF_WIDTH) && plane >= CK_LANES;
}

static void plan_pointwise(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t tile = l->context.kernels->tiles->panels * CK_LANES;
  const ptrdiff_t fitting = CONV_L1_FLOATS / (c->channels * tile) * tile;
  const pointwise_plan own = {ck_min(ck_max(fitting, tile), ck_round_up(c->height * c->width, CK_LANES))};
  p->row_unit = 1;
  p->next_slice = conv_w_count(c);
  p->packed_floats = l->slices * p->next_slice;
  p->scratch_floats = c->channels * own.block;
  p->own = ck_keep(memory, &own, sizeof own);
}

// What a residual block adds to pixels that were just computed, and a ReLU behind it.
static void add_shortcut(const conv_layout *l, ck_range pixels, const float *shortcut, float *y) {
  const ck_kernel_set *kernels = l->context.kernels;
  const ck_activation relu = {.kind = CK_RELU};
  const ptrdiff_t plane = l->conv.height * l->conv.width;
  for (ptrdiff_t f = 0; f < l->conv.filters; f++) {
    const ptrdiff_t at = f * plane + pixels.first;
    kernels->add(pixels.count, y + at, shortcut + at);
    if (conv_rectifies(&l->conv))
      kernels->activation_forward[CK_RELU](&relu, pixels.count, y + at, y + at);
  }
}

static void compute_planes(const image_plan *p, const float *packed, const float *x, const float *bias,
                           const float *shortcut, ck_range pixels, float *scratch, float *y, image_prefetch *next) {
  const pointwise_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ck_tile_kernels *tiles = l->context.kernels->tiles;
  const ptrdiff_t plane = c->height * c->width, count = ck_ceil_div(c->filters, tiles->rows);
  ck_tile tile = {.segments = 1,
                  .length = c->channels,
                  .chunk = 1,
                  .a_row = c->channels,
                  .a_k = 1,
                  .b_k = CK_LANES,
                  .b_panel = c->channels * CK_LANES,
                  .c_row = plane,
                  .prefetches_c = true, // other planes are far
                  .alpha = 1.0f,
                  .relu = conv_rectifies(c) && !shortcut};
  for (ptrdiff_t first = pixels.first, end = pixels.first + pixels.count; first < end; first += own->block) {
    const ptrdiff_t wide = ck_min(own->block, end - first);
    l->context.kernels->pack_b_panels(c->channels, wide, x + first, plane, scratch);
    for (ptrdiff_t t = 0; t < count; t++) {
      const ck_range share = ck_share(c->filters, count, t, 1);
      float *to = y + share.first * plane + first;
      tile.row_bias = bias ? bias + share.first : NULL;
      for (ptrdiff_t column = 0, columns; column < wide; column += columns) {
        columns = ck_tile_columns(tiles, wide - column);
        const ptrdiff_t panels = ck_tile_panels(tiles, columns);
        tile.last_columns = columns - (ck_max(panels, 1) - 1) * CK_LANES;
        tiles->along_k[panels][share.count - 1](&tile, packed + share.first * c->channels,
                                                scratch + column * c->channels, to + column);
        image_prefetch_step(next);
      }
    }
    if (shortcut)
      add_shortcut(l, (ck_range){first, wide}, shortcut, y);
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  const pointwise_plan *own = p->own;
  const ck_tile_kernels *tiles = p->layout.context.kernels->tiles;
  const ptrdiff_t columns = ck_ceil_div(own->block, tiles->panels * CK_LANES);
  return ck_ceil_div(rows * p->width, own->block) * columns * ck_ceil_div(p->layout.conv.filters, tiles->rows);
}

const image_algorithm conv_forward_pointwise = {.choice = {CK_CONV_POINTWISE, supports, pays},
                                                .plan = plan_pointwise,
                                                .pack_weights = conv_copy_weights,
                                                .compute_planes = compute_planes,
                                                .prefetch_steps = prefetch_steps};
