// The weights' gradient where many output pixels have none: before a ReLU those that it held back, before pooling three
// of four besides. Filter by filter the output gradient is compacted to the pixels that have one, and the windows that
// they see are added up, channels in the lanes. Before pooling that takes less time than all pixels do with
// AVX512_BF16, even at full precision. The pixels keep their order and what is left out is zero, so that the bits are
// those of weights_direct.c.
#include "conv/weights_algorithm.h"

// In scratch, after the padded image: for each of CK_LANES filters the compacted gradient's length, where the pixels'
// windows start in the padded image, and the gradients.
typedef struct {
  int32_t *window_start; // of each output pixel
  ptrdiff_t block_rows;  // output rows that are compacted at a time
  ptrdiff_t capacity;    // of each filter's compacted gradient
  ptrdiff_t x_floats, counts, windows, gradients;
} sparse_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  const ptrdiff_t high = c->height + 2 * ck_max(c->pad_height, 0), wide = c->width + 2 * ck_max(c->pad_width, 0);
  return !conv_dilates(c) && c->groups == 1 && high * wide * c->channels <= INT32_MAX; // windows are found by 32 bits
}

static bool pays(const ck_context *context, const ck_conv2d *c) {
  // Fewer channels leave most lanes empty, of a row of three taps; where half of the pixels have a gradient, smaller
  // windows save less than compacting takes.
  enum { FROM_CHANNELS = 8, FROM_WINDOW = 128 };
  if (c->channels < FROM_CHANNELS)
    return false;
  if (conv_pools(c))
    return ck_saves_products(context);
  const ptrdiff_t window = c->channels * c->kernel_height * c->kernel_width;
  return conv_rectifies(c) && !context->bf16 && window >= FROM_WINDOW;
}

static void plan_sparse(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  sparse_plan own = {.block_rows = conv_block_rows(l), .x_floats = conv_padded_floats(l, CK_LANES)};
  // In a block of rows, and what the last store of CK_LANES may be too many.
  own.capacity = ck_min(own.block_rows, l->out_height) * l->out_width + CK_LANES;
  own.window_start = ck_take(memory, (size_t)(l->out_height * l->out_width + CK_LANES) * sizeof *own.window_start);
  ptrdiff_t end = own.x_floats;
  own.counts = ck_place(&end, CK_LANES * (ptrdiff_t)(sizeof(ptrdiff_t) / sizeof(float)));
  own.windows = ck_place(&end, CK_LANES * own.capacity);
  own.gradients = ck_place(&end, CK_LANES * own.capacity);
  p->dw_floats = l->conv.filters * l->taps * l->conv.channels;
  p->zeroed_floats = own.x_floats;
  p->scratch_floats = end;
  if (memory->base)
    for (ptrdiff_t y = 0; y < l->out_height; y++)
      for (ptrdiff_t x = 0; x < l->out_width; x++)
        own.window_start[y * l->out_width + x] =
            (int32_t)(y * l->conv.stride_height * l->x_width * l->x_channels + x * conv_x_step(l));
  p->own = ck_keep(memory, &own, sizeof own);
}

// `dw` is [filter][tap][channel].
static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  (void)place;
  const sparse_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ck_kernel_set *kernels = l->context.kernels;
  const ptrdiff_t lanes = l->filter_lanes, capacity = own->capacity, filter = l->taps * c->channels;
  ptrdiff_t *count = (ptrdiff_t *)(scratch + own->counts);
  int32_t *window = (int32_t *)(scratch + own->windows);
  float *gradient = scratch + own->gradients;
  const float *x = conv_load_x(l, own->x_floats, image, (ck_range){0, c->height}, scratch);
  x += conv_cut_pixels(l) * l->x_channels;
  for (ptrdiff_t row = 0; row < l->out_height; row += own->block_rows) {
    const ptrdiff_t rows = ck_min(own->block_rows, l->out_height - row);
    for (ptrdiff_t first = 0; first < c->filters; first += CK_LANES) {
      kernels->compact_gradient(rows, l->out_width, dy->pixels + row * conv_dy_row(p) + first, conv_dy_row(p), lanes,
                                own->window_start + row * l->out_width, capacity, count, window, gradient);
      for (ptrdiff_t f = 0; f < ck_min(CK_LANES, c->filters - first); f++) {
        kernels->add_windows(count[f], window + f * capacity, gradient + f * capacity, x, l->x_width * l->x_channels,
                             c->kernel_height, c->kernel_width * c->channels, dw + (first + f) * filter);
        image_prefetch_step(next);
      }
    }
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const sparse_plan *own = p->own;
  return ck_ceil_div(p->layout.out_height, own->block_rows) * p->layout.conv.filters;
}

static void unpack(const weights_plan *p, const float *sum, float *dw) {
  const ptrdiff_t taps = p->layout.taps, channels = p->layout.conv.channels;
  const ck_range mine = ck_my_share(p->layout.slices * p->layout.conv.filters, 1);
  for (ptrdiff_t f = mine.first; f < mine.first + mine.count; f++)
    p->layout.context.kernels->transpose(taps, channels, sum + f * taps * channels, channels, NULL,
                                         dw + f * taps * channels, taps, taps);
}

const weights_algorithm conv_weights_sparse = {.choice = {CK_CONV_SPARSE, supports, pays},
                                               .at_full_precision = true,
                                               .plan = plan_sparse,
                                               .accumulate = accumulate,
                                               .prefetch_steps = prefetch_steps,
                                               .unpack = unpack};
