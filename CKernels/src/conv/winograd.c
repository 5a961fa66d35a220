// Blocks of windows go to the 16 places, through 16 matrix products, and back to pixels.
#include "conv/winograd.h"
#include "cpu/workspace.h"

enum { LANES = 16, PLACES = 16, TAPS = 9 };

bool ck_winograd_pays(const ck_context *context, ptrdiff_t numbers, ptrdiff_t outputs, ptrdiff_t height,
                      ptrdiff_t width) {
  // In multiply-adds of 16 lanes; what a window takes beside its products was measured.
  enum { THERE = 45, BACK = 40, BESIDES = 70, FEWEST_WINDOWS = 4 };
  const ptrdiff_t strips = ck_ceil_div(outputs, LANES), products = ck_ceil_div(numbers, ck_per_cell(context)) * strips;
  const ptrdiff_t windows = ck_ceil_div(height, 2) * ck_ceil_div(width, 2);
  const ptrdiff_t window = PLACES * products + THERE * ck_ceil_div(numbers, LANES) + BACK * strips + BESIDES;
  return ck_saves_products(context) && windows >= FEWEST_WINDOWS && windows * window < height * width * TAPS * products;
}

ck_winograd ck_winograd_of(const ck_context *context, ptrdiff_t numbers, ptrdiff_t outputs, ptrdiff_t width,
                           ptrdiff_t from_row, ptrdiff_t from_pixel) {
  ck_winograd g = {.context = *context,
                   .numbers = numbers,
                   .outputs = outputs,
                   .depth = ck_round_up(numbers, ck_per_cell(context)),
                   .width = width,
                   .across = ck_ceil_div(width, 2),
                   .from_row = from_row,
                   .from_pixel = from_pixel,
                   .block = ck_tiles(context)->rows,
                   .depth_lanes = ck_round_up(numbers, LANES),
                   .output_lanes = ck_round_up(outputs, LANES)};
  // A cache line more, lest all places share few sets of the cache.
  g.input_place = g.block * g.depth_lanes / ck_per_cell(context) + LANES;
  g.output_place = g.block * g.output_lanes + LANES;
  return g;
}

static ptrdiff_t place_weights(const ck_winograd *g) { return g->output_lanes * g->depth; }
ptrdiff_t ck_winograd_weight_floats(const ck_winograd *g) { return PLACES * place_weights(g); }
ptrdiff_t ck_winograd_scratch_floats(const ck_winograd *g) { return PLACES * (g->input_place + g->output_place); }

ptrdiff_t ck_winograd_pieces(const ck_winograd *g) { return g->output_lanes / LANES * g->depth; }

void ck_winograd_pack(const ck_winograd *g, ck_winograd_source source, ck_range pieces, float *weights) {
  const ck_kernel_set *kernels = g->context.kernels;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++) {
    const ptrdiff_t first = i / g->depth * LANES, k = i % g->depth;
    float taps[TAPS * LANES] = {0}; // as those of a number that only fills a cell up stay
    if (k < g->numbers)
      kernels->transpose(ck_min(g->outputs - first, LANES), TAPS,
                         source.taps + first * source.next_output + k * source.next_k, source.next_output, NULL, taps,
                         LANES, LANES);
    kernels->winograd_weights(taps, source.turned, weights + i * LANES, place_weights(g));
  }
}

static void multiply(const ck_winograd *g, const float *weights, ptrdiff_t windows, const float *input, float *output) {
  const ck_tile_kernels *tiles = ck_tiles(&g->context);
  const ptrdiff_t per_cell = ck_per_cell(&g->context), strips = g->output_lanes / LANES;
  const ck_tile tile = {.segments = 1,
                        .length = g->depth / per_cell,
                        .chunk = 1,
                        .a_row = g->depth_lanes / per_cell,
                        .a_k = 1,
                        .b_k = LANES,
                        .b_strip = g->depth / per_cell * LANES,
                        .c_row = g->output_lanes,
                        .last_columns = LANES,
                        .alpha = 1.0f};
  for (ptrdiff_t place = 0; place < PLACES; place++) {
    const float *a = input + place * g->input_place, *b = weights + place * strips * tile.b_strip;
    float *c = output + place * g->output_place;
    for (ptrdiff_t strip = 0; strip < strips; strip += tiles->strips)
      tiles->along_k[ck_min(tiles->strips, strips - strip)][windows - 1](&tile, a, b + strip * tile.b_strip,
                                                                         c + strip * LANES);
  }
}

static ptrdiff_t windows_of(const ck_winograd *g, ptrdiff_t rows) { return ck_ceil_div(rows, 2) * g->across; }
ptrdiff_t ck_winograd_blocks(const ck_winograd *g, ptrdiff_t rows) {
  return ck_ceil_div(windows_of(g, rows), g->block);
}

void ck_winograd_block(const ck_winograd *g, const float *weights, const float *from, ptrdiff_t rows, ptrdiff_t index,
                       float *scratch, float *to) {
  const ck_context *context = &g->context;
  const ck_range block = ck_part(windows_of(g, rows), ck_winograd_blocks(g, rows), index, 1);
  const ptrdiff_t end = block.first + block.count;
  float *input = scratch, *output = scratch + PLACES * g->input_place;
  for (ptrdiff_t i = block.first, count; i < end; i += count) { // those of one row of windows at a time
    const ptrdiff_t y = i / g->across, x = i % g->across;
    count = ck_min(end - i, g->across - x);
    (context->pairs ? context->pairs->winograd_input : context->kernels->winograd_input)(
        count, g->depth_lanes, from + 2 * y * g->from_row + 2 * x * g->from_pixel, g->from_row, g->from_pixel,
        input + (i - block.first) * g->depth_lanes / ck_per_cell(context), g->input_place);
  }
  multiply(g, weights, block.count, input, output);
  for (ptrdiff_t i = block.first, count; i < end; i += count) {
    const ptrdiff_t y = i / g->across, x = i % g->across;
    count = ck_min(end - i, g->across - x);
    context->kernels->winograd_output(ck_min(2, rows - 2 * y), ck_min(2 * count, g->width - 2 * x), g->output_lanes,
                                      output + (i - block.first) * g->output_lanes, g->output_place,
                                      to + (2 * y * g->width + 2 * x) * g->output_lanes, g->width * g->output_lanes);
  }
}
