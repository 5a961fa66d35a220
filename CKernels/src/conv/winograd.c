// Winograd's minimal filtering, F(2 x 2, 3 x 3): four neighbouring outputs of a 3 x 3 window, of stride 1, take 16
// products instead of 36.
//
//   y = A^T [ (G g G^T) * (B^T d B) ] A        d: 4 x 4 pixels, g: 3 x 3 taps, y: 2 x 2 outputs, * point by point
//
//         | 1  0 -1  0 |        |  1    0   0  |
//   B^T = | 0  1  1  0 |    G = | 1/2  1/2 1/2 |    A^T = | 1  1  1  0 |
//         | 0 -1  1  0 |        | 1/2 -1/2 1/2 |          | 0  1 -1 -1 |
//         | 0  1  0 -1 |        |  0    0   1  |
//
// (Lavin & Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.) Channels are summed before the output
// transform: at each of the 16 transform points that is a matrix product of windows and weights, for the tiles of GEMM.
// Its chains are a ninth as long as a plain sum's, which makes up for the sums of both transforms: rounding errors are
// smaller on average. For AVX512_BF16 the windows are rounded at the transform points, where errors weigh about twice
// as much. (F(4 x 4, 3 x 3) would save more, and lose a digit.)
//
// The input's gradient is the convolution of the padded output gradient with the taps rotated by 180 degrees.
#include "conv/image_algorithm.h"

enum { POINTS = 16, TAPS = 9 };

typedef struct {
  ptrdiff_t depth;                       // of the order, rounded up to whole elements
  ptrdiff_t across;                      // windows in a row of them
  ptrdiff_t first, from_row, from_pixel; // of the source: where the first output's window starts, and steps
  ptrdiff_t block;                       // windows that are in scratch at a time
  ptrdiff_t depth_lanes;                 // of the order's depth, rounded up to CK_LANES
  ptrdiff_t input_point, output_point;   // in scratch, from one transform point to the next
  ptrdiff_t pairs_at;                    // packed pairs start so many floats behind the panels of floats
  bool rotated;
} winograd_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return ck_saves_products(context) && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_height == 1 &&
         c->stride_width == 1 && !conv_dilates(c) && c->groups == 1;
}

// Whether that is less work than a chain of products for each output of height x width. Work is counted in
// multiply-adds of CK_LANES lanes; what a window takes beside its products was measured.
static bool is_less_work(const ck_context *context, ptrdiff_t depth, ptrdiff_t outputs, ptrdiff_t height,
                         ptrdiff_t width) {
  enum { INPUT_TRANSFORM = 45, OUTPUT_TRANSFORM = 40, WINDOW = 70, FEWEST_WINDOWS = 4 };
  const ptrdiff_t panels = ck_ceil_div(outputs, CK_LANES),
                  products = ck_ceil_div(depth, ck_vnni_factor(context)) * panels;
  const ptrdiff_t windows = ck_ceil_div(height, 2) * ck_ceil_div(width, 2);
  const ptrdiff_t transforms = INPUT_TRANSFORM * ck_ceil_div(depth, CK_LANES) + OUTPUT_TRANSFORM * panels;
  return windows >= FEWEST_WINDOWS &&
         windows * (POINTS * products + transforms + WINDOW) < height * width * TAPS * products;
}
static bool pays_forward(const ck_context *context, const ck_conv2d *c) {
  return is_less_work(context, c->channels, c->filters, ck_conv2d_out_height(c), ck_conv2d_out_width(c));
}
static bool pays_for_input(const ck_context *context, const ck_conv2d *c) {
  return is_less_work(context, c->filters, c->channels, c->height, c->width);
}

// A source pixel is read up to its channels rounded up to CK_LANES, those beyond the last whole element whatever they
// are; of odd sides also a row or a column more than the windows of the outputs see.
static void plan_windows(image_plan *p, ck_workspace *memory, winograd_plan own) {
  const ck_context *context = &p->layout.context;
  const ptrdiff_t vnni_factor = p->layout.vnni_factor;
  own.depth = ck_round_up(p->order.depth, vnni_factor);
  own.across = ck_ceil_div(p->width, 2);
  own.block = ck_tiles(context)->rows;
  own.depth_lanes = ck_round_up(p->order.depth, CK_LANES);
  // A cache line more, lest all points share few sets of the cache.
  own.input_point = own.block * own.depth_lanes / vnni_factor + CK_LANES;
  own.output_point = own.block * p->lanes + CK_LANES;
  p->row_unit = 2;
  p->past = own.from_row + own.from_pixel;
  p->scratch_floats = POINTS * (own.input_point + own.output_point);
  p->next_slice = POINTS * p->lanes * own.depth;
  p->packed_floats = p->layout.slices * p->next_slice;
  if (vnni_factor == 2) {
    p->next_slice /= 2;
    own.pairs_at = p->packed_floats;
    p->packed_floats += p->packed_floats / 2;
  }
  p->own = ck_keep(memory, &own, sizeof own);
}

static void plan_forward(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  plan_windows(p, memory,
               (winograd_plan){.first = conv_cut_pixels(l) * l->x_channels,
                               .from_row = l->x_width * l->x_channels,
                               .from_pixel = l->x_channels});
}

static void plan_input(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ptrdiff_t row = p->dy.top + l->conv.pad_height - 2, column = p->dy.left + l->conv.pad_width - 2;
  plan_windows(p, memory,
               (winograd_plan){.first = (row * p->dy.width + column) * l->filter_lanes,
                               .from_row = p->dy.width * l->filter_lanes,
                               .from_pixel = l->filter_lanes,
                               .rotated = true});
}

// G g G^T of all weights as panels [slice][point][panel][k][CK_LANES].
static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const winograd_plan *own = p->own;
  const ck_context *context = &p->layout.context;
  const ptrdiff_t panels = p->lanes / CK_LANES, point = panels * own->depth * CK_LANES, slices = p->order.slices;
  const ck_range mine = ck_my_share(slices * panels * own->depth, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t slice = i / (panels * own->depth), row = i % (panels * own->depth), k = row % own->depth;
    float taps[TAPS * CK_LANES] = {0}; // as those of a channel that only fills an element up stay
    if (k < p->order.depth)
      conv_pack_taps(context->kernels, &p->order, row / own->depth, k, w + slice * p->order.next_slice, taps, CK_LANES);
    context->kernels->winograd_weights(taps, own->rotated, packed + slice * POINTS * point + row * CK_LANES, point);
  }
  ck_barrier();
  if (own->pairs_at > 0) {
    conv_pack_pairs(context, slices * POINTS * panels, own->depth, packed, packed + own->pairs_at, 0);
    ck_barrier();
  }
}

// The input transform rounds what it reads.
static const float *convert(const image_plan *p, const float *source, ck_range rows, float *scratch) {
  (void)p, (void)rows, (void)scratch;
  return source;
}

static void multiply(const image_plan *p, const float *weights, ck_range panels, ptrdiff_t windows, const float *input,
                     float *output) {
  const winograd_plan *own = p->own;
  const ck_tile_kernels *tiles = ck_tiles(&p->layout.context);
  const ptrdiff_t vnni_factor = p->layout.vnni_factor, end = panels.first + panels.count;
  const ck_tile tile = {.segments = 1,
                        .length = own->depth / vnni_factor,
                        .chunk = 1,
                        .a_row = own->depth_lanes / vnni_factor,
                        .a_k = 1,
                        .b_k = CK_LANES,
                        .b_panel = own->depth / vnni_factor * CK_LANES,
                        .c_row = panels.count * CK_LANES,
                        .last_columns = CK_LANES,
                        .alpha = 1.0f};
  for (ptrdiff_t point = 0; point < POINTS; point++) {
    const float *a = input + point * own->input_point, *b = weights + point * p->lanes / CK_LANES * tile.b_panel;
    float *c = output + point * own->output_point;
    for (ptrdiff_t panel = panels.first; panel < end; panel += tiles->panels)
      tiles->along_k[ck_min(tiles->panels, end - panel)][windows - 1](&tile, a, b + panel * tile.b_panel,
                                                                      c + (panel - panels.first) * CK_LANES);
  }
}

// The windows `block` of rows `rows`, those of one row of windows at a time.
static void compute_block(const image_plan *p, const float *weights, const float *from, ptrdiff_t rows, ck_range panels,
                          ck_range block, float *scratch, float *to) {
  const winograd_plan *own = p->own;
  const ck_context *context = &p->layout.context;
  const ptrdiff_t end = block.first + block.count, lanes = panels.count * CK_LANES;
  float *input = scratch, *output = scratch + POINTS * own->input_point;
  for (ptrdiff_t i = block.first, count; i < end; i += count) {
    const ptrdiff_t y = i / own->across, x = i % own->across;
    count = ck_min(end - i, own->across - x);
    (context->bf16 ? context->bf16->winograd_input : context->kernels->winograd_input)(
        count, own->depth_lanes, from + 2 * y * own->from_row + 2 * x * own->from_pixel, own->from_row, own->from_pixel,
        input + (i - block.first) * own->depth_lanes / p->layout.vnni_factor, own->input_point);
  }
  multiply(p, weights, panels, block.count, input, output);
  for (ptrdiff_t i = block.first, count; i < end; i += count) {
    const ptrdiff_t y = i / own->across, x = i % own->across;
    count = ck_min(end - i, own->across - x);
    context->kernels->winograd_output(ck_min(2, rows - 2 * y), ck_min(2 * count, p->width - 2 * x), lanes,
                                      output + (i - block.first) * lanes, own->output_point,
                                      to + (2 * y * p->width + 2 * x) * lanes, p->width * lanes);
  }
}

static ptrdiff_t windows_of(const winograd_plan *own, ptrdiff_t rows) { return ck_ceil_div(rows, 2) * own->across; }

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  const winograd_plan *own = p->own;
  return ck_ceil_div(windows_of(own, rows), own->block);
}

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, ck_range panels,
                    float *scratch, float *to, image_prefetch *next) {
  const winograd_plan *own = p->own;
  const float *from = source + own->first + rows.first * own->from_row;
  const ptrdiff_t blocks = prefetch_steps(p, rows.count);
  for (ptrdiff_t i = 0; i < blocks; i++) {
    const ck_range block = ck_share(windows_of(own, rows.count), blocks, i, 1);
    compute_block(p, packed + own->pairs_at, from, rows.count, panels, block, scratch, to);
    image_prefetch_step(next);
  }
}

const image_algorithm conv_forward_winograd = {.choice = {CK_CONV_WINOGRAD, supports, pays_forward},
                                               .plan = plan_forward,
                                               .pack_weights = pack_weights,
                                               .convert = convert,
                                               .compute = compute,
                                               .prefetch_steps = prefetch_steps};
const image_algorithm conv_input_winograd = {.choice = {CK_CONV_WINOGRAD, supports, pays_for_input},
                                             .plan = plan_input,
                                             .pack_weights = pack_weights,
                                             .convert = convert,
                                             .compute = compute,
                                             .prefetch_steps = prefetch_steps};
