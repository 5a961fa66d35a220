// The weights' gradient by Winograd's minimal filtering (see winograd.c), where nearly all output pixels have a
// gradient, as before a batch normalisation: 3 x 3 taps from 4 x 4 pixels and 2 x 2 gradients take 16 products instead
// of 36.
//
//   dg = G^T [ sum over windows of (B^T d B) * (A dy A^T) ] G        * point by point
//
// That is the gradient of winograd.c's formula, with its matrices. At each of the 16 transform points the sum over
// windows is a matrix product of channels and filters; what follows it is done once for a whole batch.
#include "conv/weights_algorithm.h"

enum {
  POINTS = 16,
  BLOCK_FLOATS = 4096, // of windows at one transform point, both factors: all points stay in the second level
  // Sums over fewer take longer to load and store than to compute: several images are summed together.
  FEW_WINDOWS = 16,
  TOGETHER_FLOATS = 16384, // at one transform point
};

typedef struct {
  ptrdiff_t across, windows;               // in a row of them, in an image
  ptrdiff_t blocks, block;                 // that they are transformed and multiplied in; windows of the largest
  ptrdiff_t x_lanes;                       // channels rounded up to CK_LANES
  ptrdiff_t x_floats, x_points, dy_points; // in scratch: of the padded image; where the transformed factors start
  ptrdiff_t x_point, dy_point;             // from one transform point to the next
  // Whether several images are summed together: then all windows of a chunk are a single chain of sums, so that it
  // makes no difference how many.
  bool goes_on;
} winograd_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return !context->bf16 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_height == 1 &&
         c->stride_width == 1 && !conv_dilates(c) && c->groups == 1;
}

// Fewer channels leave tiles empty. Images of fewer windows stay with plain sums, or are matrices (weights_matrix.c).
static bool pays(const ck_context *context, const ck_conv2d *c) {
  enum { FROM_CHANNELS = 8, FROM_WINDOWS = 4 };
  (void)context;
  return c->post_op == CK_CONV_BATCH_NORM && c->channels >= FROM_CHANNELS &&
         ck_ceil_div(ck_conv2d_out_height(c), 2) * ck_ceil_div(ck_conv2d_out_width(c), 2) >= FROM_WINDOWS;
}

static void plan_winograd(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  winograd_plan own = {.across = ck_ceil_div(l->out_width, 2), .x_lanes = l->channel_lanes};
  own.windows = own.across * ck_ceil_div(l->out_height, 2);
  own.blocks = ck_ceil_div(own.windows, ck_max(BLOCK_FLOATS / (own.x_lanes + l->filter_lanes), CK_LANES));
  own.block = ck_ceil_div(own.windows, own.blocks);
  if (own.windows < FEW_WINDOWS) {
    own.goes_on = true;
    p->images_together = ck_max(TOGETHER_FLOATS / (own.windows * (own.x_lanes + l->filter_lanes)), 1);
    own.blocks = 1;
    own.block = p->images_together * own.windows;
  }
  // A cache line more, lest all points share few sets of the cache.
  own.x_point = own.block * own.x_lanes + CK_LANES;
  own.dy_point = own.block * l->filter_lanes + CK_LANES;
  // Pixels are read up to whole lanes, and of odd sides a row and a column more than the windows of the outputs see.
  own.x_floats = conv_padded_floats(l, (l->x_width + 1) * l->x_channels);
  p->dw_floats = POINTS * l->conv.channels * l->filter_lanes;
  p->zeroed_floats = own.x_floats;
  ptrdiff_t end = own.x_floats;
  own.x_points = ck_place(&end, POINTS * own.x_point);
  own.dy_points = ck_place(&end, POINTS * own.dy_point);
  p->scratch_floats = end;
  p->own = ck_keep(memory, &own, sizeof own);
}

// Both factors of the windows `block` at all transform points; `x` and `dy` are an image's.
static void transform(const weights_plan *p, const float *x, const float *dy, ck_range block, float *x_points,
                      float *dy_points) {
  const winograd_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_kernel_set *kernels = l->context.kernels;
  const ptrdiff_t x_row = l->x_width * l->x_channels, end = block.first + block.count;
  for (ptrdiff_t i = block.first, count; i < end; i += count) {
    const ptrdiff_t row = i / own->across, column = i % own->across, at = i - block.first;
    count = ck_min(end - i, own->across - column);
    kernels->winograd_input(count, own->x_lanes, x + 2 * row * x_row + 2 * column * l->x_channels, x_row, l->x_channels,
                            x_points + at * own->x_lanes, own->x_point);
    kernels->winograd_gradient(ck_min(2, l->out_height - 2 * row), ck_min(2 * count, l->out_width - 2 * column),
                               l->filter_lanes, dy + 2 * row * conv_dy_row(p) + 2 * column * l->filter_lanes,
                               conv_dy_row(p), dy_points + at * l->filter_lanes, own->dy_point);
  }
}

// Adds the products of `windows` windows to the sums [point][channel][filter lanes].
static void multiply(const weights_plan *p, ptrdiff_t windows, const float *x_points, const float *dy_points,
                     float *sums, image_prefetch *next) {
  const winograd_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_tile_kernels *tiles = l->context.kernels->tiles;
  const ptrdiff_t channels = l->conv.channels, count = ck_ceil_div(channels, tiles->rows);
  const ck_tile tile = {.segments = 1,
                        .length = windows,
                        .a_row = 1,
                        .a_k = own->x_lanes,
                        .b_k = l->filter_lanes,
                        .b_panel = CK_LANES,
                        .c_row = l->filter_lanes,
                        .last_columns = CK_LANES,
                        .continues = own->goes_on,
                        .alpha = 1.0f,
                        .beta = own->goes_on ? 0.0f : 1.0f};
  for (ptrdiff_t point = 0; point < POINTS; point++) {
    const float *x = x_points + point * own->x_point, *dy = dy_points + point * own->dy_point;
    float *to = sums + point * channels * l->filter_lanes;
    for (ptrdiff_t t = 0; t < count; t++) {
      const ck_range share = ck_share(channels, count, t, 1);
      for (ptrdiff_t panel = 0; panel < l->filter_panels; panel += tiles->panels) {
        const ptrdiff_t panels = ck_min(tiles->panels, l->filter_panels - panel);
        tiles->along_rows[panels][share.count - 1](&tile, x + share.first, dy + panel * CK_LANES,
                                                   to + share.first * l->filter_lanes + panel * CK_LANES);
      }
    }
    image_prefetch_step(next);
  }
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  const winograd_plan *own = p->own;
  const conv_layout *l = &p->layout;
  float *x_points = scratch + own->x_points, *dy_points = scratch + own->dy_points;
  const float *x = conv_load_x(l, own->x_floats, image, (ck_range){0, l->conv.height}, scratch);
  x += conv_cut_pixels(l) * l->x_channels;
  for (ptrdiff_t i = 0; i < own->blocks; i++) {
    const ck_range block = ck_share(own->windows, own->blocks, i, 1);
    const ptrdiff_t before = place.before * own->windows; // of the images that came before
    transform(p, x, dy->pixels, block, x_points + before * own->x_lanes, dy_points + before * l->filter_lanes);
    if (place.is_last)
      multiply(p, before + block.count, x_points, dy_points, dw, next);
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const winograd_plan *own = p->own;
  return own->blocks * POINTS;
}

static void unpack(const weights_plan *p, const float *sum, float *dw) {
  const conv_layout *l = &p->layout;
  const ck_kernel_set *kernels = l->context.kernels;
  const ptrdiff_t channels = l->conv.channels, filter = channels * l->taps;
  const ck_range mine = ck_my_share(l->slices * channels, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t slice = i / channels, c = i % channels;
    for (ptrdiff_t f = 0; f < l->conv.filters; f += CK_LANES) {
      float taps[9 * CK_LANES];
      kernels->winograd_weights_gradient(sum + slice * p->dw_floats + c * l->filter_lanes + f,
                                         channels * l->filter_lanes, taps);
      kernels->transpose(l->taps, ck_min(CK_LANES, l->conv.filters - f), taps, CK_LANES, NULL,
                         dw + (slice * l->conv.filters + f) * filter + c * l->taps, filter, l->taps);
    }
  }
}

const weights_algorithm conv_weights_winograd = {.choice = {CK_CONV_WINOGRAD, supports, pays},
                                                 .plan = plan_winograd,
                                                 .accumulate = accumulate,
                                                 .prefetch_steps = prefetch_steps,
                                                 .unpack = unpack};
