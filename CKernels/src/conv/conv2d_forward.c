// The forward pass: filters in the lanes, up to 14 neighbouring pixels in a tile, or windows of Winograd's.
#include "conv/conv2d_plan.h"
#include "cpu/ahead.h"
#include <string.h>

enum { FORWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

typedef struct {
  float *weights;                   // packed: [strip of filters][kernel row][kernel column][channel][16], or Winograd's
  float *weight_cells;              // the same in cells; at full precision it is `weights`
  ptrdiff_t *x_segment, *w_segment; // where each stretch of cells starts
  ptrdiff_t row_cells;              // of a kernel row
  ptrdiff_t segments, length;       // of a tile
  ck_walk walk;                     // along its stretches
  ptrdiff_t w_low, x_low;           // to cells of low parts, see gemm/pairs.h
  float *x, *chunk, *pooled;        // one of each a thread, so many floats apart:
  float *x_cells;                   // (as many as x, whichever way they are paired)
  ptrdiff_t x_floats, chunk_floats, pooled_floats;
  ptrdiff_t chunk_rows;
  ck_winograd winograd; // where the plan takes it; its products are one of each a thread as well
  float *products;
  ptrdiff_t products_floats;
} forward_scratch;

// Rows are computed in multiples of so many.
static ptrdiff_t row_unit(const conv2d_plan *p) { return conv2d_pools(p) || p->winograd_forward ? 2 : 1; }

// Winograd's windows are paired on their way, after sums of floats.
static bool reads_cells(const conv2d_plan *p) { return conv2d_pairs(p) && !p->winograd_forward; }

// Of a kernel row.
static ptrdiff_t row_cells(const conv2d_plan *p) {
  return ck_ceil_div(p->conv.kernel_width * p->x_channels, p->per_cell);
}

static forward_scratch take_scratch(ck_workspace *workspace, const conv2d_plan *p, int threads) {
  const ck_conv2d *c = &p->conv;
  const ck_context *context = &p->context;
  const ptrdiff_t unit = row_unit(p);
  forward_scratch s = {.chunk_rows = conv2d_chunk_rows(p->out_width, p->filter_lanes, p->out_height, unit)};
  s.row_cells = row_cells(p);
  s.length = p->overlaps ? 1 : s.row_cells; // the next cell of a row stands two on
  s.segments = c->kernel_height * s.row_cells / s.length;
  s.walk = ck_walk_along(context, s.length);
  ptrdiff_t weights = conv2d_taps(p) * p->x_channels * p->filter_lanes;
  if (p->winograd_forward) {
    s.winograd =
        ck_winograd_of(context, c->channels, c->filters, p->out_width, p->x_width * p->x_channels, p->x_channels);
    s.products_floats = ck_winograd_scratch_floats(&s.winograd);
    weights = ck_winograd_weight_floats(&s.winograd);
  }
  s.weights = ck_take_floats(workspace, weights);
  s.weight_cells = s.weights;
  if (conv2d_pairs(p)) {
    const ptrdiff_t cells = p->winograd_forward ? weights / 2 : c->kernel_height * s.row_cells * p->filter_lanes;
    s.weight_cells = ck_take_floats(workspace, ck_parts(context) * cells);
    s.w_low = ck_low(context, cells);
  }
  s.x_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * s.segments);
  s.w_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * s.segments);
  s.x_floats = conv2d_x_scratch_floats(p);
  s.chunk_floats = s.chunk_rows * p->out_width * p->filter_lanes;
  s.pooled_floats = conv2d_pools(p) ? s.chunk_floats / 4 : 0;
  s.x = ck_take_floats(workspace, threads * s.x_floats);
  s.x_cells = reads_cells(p) ? ck_take_floats(workspace, threads * s.x_floats) : s.x;
  s.x_low = ck_low(context, s.x_floats / 2);
  s.chunk = ck_take_floats(workspace, threads * s.chunk_floats);
  s.pooled = ck_take_floats(workspace, threads * s.pooled_floats);
  s.products = ck_take_floats(workspace, threads * s.products_floats);
  return s;
}

// At high precision: whether the shape suits it.
static bool takes_two_parts(const ck_context *context, const ck_conv2d *conv) {
  const conv2d_plan p = conv2d_plan_make(context, conv, false);
  return !p.overlaps && conv2d_fills_tiles(context, row_cells(&p));
}

static ck_context context_for(const ck_context *wanted, const ck_conv2d *conv, const float *x, const float *w) {
  if (ck_parts(wanted) == 2 && !(takes_two_parts(wanted, conv) && conv2d_reaches_far(x, conv2d_x_count(conv)) &&
                                 conv2d_reaches_far(w, conv2d_w_count(conv))))
    return ck_full(wanted);
  return *wanted;
}

size_t conv2d_forward_bytes(const ck_context *context, const ck_conv2d *conv) {
  const ck_context full = ck_full(context);
  const conv2d_plan plans[] = {conv2d_plan_make(context, conv, false), conv2d_plan_make(&full, conv, false)};
  size_t most = 0;
  for (int i = 0; i < ck_parts(context); i++) { // two parts may fall back
    ck_workspace workspace = {NULL, 0};
    take_scratch(&workspace, &plans[i], context->threads);
    most = workspace.used > most ? workspace.used : most;
  }
  return most;
}

// Of an input pixel, of what is read.
static ptrdiff_t pixel_cells(const conv2d_plan *p) {
  return p->overlaps || !reads_cells(p) ? p->x_channels : p->x_channels / p->per_cell;
}

static void fill_tables(const conv2d_plan *p, const forward_scratch *s) {
  const ptrdiff_t in_row = s->row_cells / s->length;
  for (ptrdiff_t i = 0; i < s->segments; i++) {
    s->x_segment[i] = i / in_row * p->x_width * pixel_cells(p) + i % in_row * p->per_cell;
    s->w_segment[i] = i * s->length * CONV_LANES;
  }
}

// One piece packs one channel of one strip; pieces are shared out among the team. A channel that only fills a cell up
// packs zeros.
static void pack_weights(const ck_kernel_set *kernels, const conv2d_plan *p, const float *w, ck_range pieces,
                         float *packed) {
  const ptrdiff_t channels = p->x_channels, taps = conv2d_taps(p), filter = p->conv.channels * taps;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++) {
    const ptrdiff_t strip = i / channels, channel = i % channels, first = strip * CONV_LANES;
    const ptrdiff_t filters = channel < p->conv.channels ? ck_min(p->conv.filters - first, CONV_LANES) : 0;
    float *to = packed + (strip * channels * taps + channel) * CONV_LANES;
    if (filters > 0)
      kernels->transpose(filters, taps, w + first * filter + channel * taps, filter, NULL, to, channels * CONV_LANES,
                         CONV_LANES);
    else
      for (ptrdiff_t tap = 0; tap < taps; tap++)
        memset(to + tap * channels * CONV_LANES, 0, CONV_LANES * sizeof(float));
  }
}

static void pack_winograd(const conv2d_plan *p, const forward_scratch *s, const float *w) {
  const ptrdiff_t taps = conv2d_taps(p);
  const ck_winograd_source source = {.taps = w, .next_output = p->conv.channels * taps, .next_k = taps};
  ck_winograd_pack(&s->winograd, source, ck_my_part(ck_winograd_pieces(&s->winograd), 1), s->weights);
}

// One piece is a kernel row of one strip.
static void pair_weights(const conv2d_plan *p, const forward_scratch *s, ck_range pieces) {
  const ptrdiff_t depth = p->conv.kernel_width * p->x_channels;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++)
    p->context.pairs->across(depth, CONV_LANES, s->weights + i * depth * CONV_LANES, CONV_LANES,
                             s->weight_cells + i * s->row_cells * CONV_LANES, CONV_LANES, CONV_LANES, s->w_low);
}

// Whole rows of the padded input, its border included; of an overlapping one also the cell after each row's last.
static void pair_x(const conv2d_plan *p, const forward_scratch *s, ck_range rows, const float *x, float *cells) {
  const ck_pair_kernels *pairs = p->context.pairs;
  const ptrdiff_t count = rows.count * p->x_width * p->x_channels;
  const float *from = x + rows.first * p->x_width * p->x_channels;
  if (p->overlaps)
    pairs->across(2, count, from, 1, cells + rows.first * p->x_width, count, count, s->x_low);
  else
    pairs->along(1, count, from, 0, cells + rows.first * p->x_width * pixel_cells(p), 0, s->x_low);
}

// The image that this thread probably takes next.
typedef struct {
  ck_ahead x, y;
} next_image;

static void next_image_turn(next_image *next) {
  ck_ahead_turn(&next->x);
  ck_ahead_turn(&next->y);
}

// Of a pass over so many rows of an image: tiles turn once a row, Winograd's windows once a block.
static ptrdiff_t turns_of(const conv2d_plan *p, const forward_scratch *s, ptrdiff_t rows) {
  return p->winograd_forward ? ck_winograd_blocks(&s->winograd, rows)
                             : rows * ck_ceil_div(p->filter_strips, s->walk.tiles->strips);
}

// `high` rows of the convolution from row `first` on, whose input is `x`, padded and interleaved: by Winograd's windows
// or, for all other shapes, by tiles.
static void chunk_by_windows(const forward_scratch *s, int thread, const float *x, ptrdiff_t first, ptrdiff_t high,
                             float *chunk, next_image *next) {
  const ptrdiff_t blocks = ck_winograd_blocks(&s->winograd, high);
  for (ptrdiff_t i = 0; i < blocks; i++) {
    ck_winograd_block(&s->winograd, s->weight_cells, x + first * s->winograd.from_row, high, i,
                      s->products + thread * s->products_floats, chunk);
    next_image_turn(next);
  }
}

static void chunk_by_tiles(const conv2d_plan *p, const forward_scratch *s, const float *x, ptrdiff_t first,
                           ptrdiff_t high, float *chunk, next_image *next) {
  const ck_conv2d *c = &p->conv;
  const ck_tile_kernels *tiles = s->walk.tiles;
  const ptrdiff_t depth = c->kernel_height * s->row_cells;
  const ptrdiff_t count = ck_ceil_div(p->out_width, tiles->rows);
  const ck_tile tile = {.segments = s->segments,
                        .length = s->length,
                        .chunk = s->walk.chunk,
                        .a_segment = s->x_segment,
                        .b_segment = s->w_segment,
                        .a_row = c->stride_width * pixel_cells(p),
                        .a_k = 1,
                        .b_k = CONV_LANES,
                        .b_strip = depth * CONV_LANES,
                        .a_low = s->x_low,
                        .b_low = s->w_low,
                        .c_row = p->filter_lanes,
                        .last_columns = CONV_LANES,
                        .alpha = 1.0f};
  for (ptrdiff_t strip = 0; strip < p->filter_strips; strip += tiles->strips) {
    const ptrdiff_t strips = ck_min(tiles->strips, p->filter_strips - strip);
    const float *w = s->weight_cells + strip * depth * CONV_LANES;
    for (ptrdiff_t i = 0; i < high; i++) {
      const float *row = x + (first + i) * c->stride_height * p->x_width * pixel_cells(p);
      float *to = chunk + i * p->out_width * p->filter_lanes + strip * CONV_LANES;
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(p->out_width, count, t, 1);
        tiles->along_k[strips][part.count - 1](&tile, row + part.first * tile.a_row, w,
                                               to + part.first * p->filter_lanes);
      }
      next_image_turn(next);
    }
  }
}

// Rows `rows` of one image's convolution and its tail. `argmax` is the image's.
static void convolve_rows(const conv2d_plan *p, const forward_scratch *s, int thread, const float *x, const float *bias,
                          ck_range rows, float *y, uint8_t *argmax, next_image *next) {
  const ck_kernel_set *kernels = p->context.kernels;
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t plane = ck_conv2d_plane(c);
  float *chunk = s->chunk + thread * s->chunk_floats, *pooled = s->pooled + thread * s->pooled_floats;
  for (ptrdiff_t first = rows.first; first < rows.first + rows.count; first += s->chunk_rows) {
    const ptrdiff_t high = ck_min(s->chunk_rows, rows.first + rows.count - first);
    if (p->winograd_forward)
      chunk_by_windows(s, thread, x, first, high, chunk, next);
    else
      chunk_by_tiles(p, s, x, first, high, chunk, next);
    // Back to planes, one a filter.
    if (conv2d_pools(p)) {
      const ptrdiff_t before = first / 2 * (p->out_width / 2), pixels = high / 2 * (p->out_width / 2);
      kernels->interleaved_pool_forward(high, p->out_width, c->filters, chunk, bias, pooled,
                                        argmax + before * p->filter_lanes);
      kernels->transpose(pixels, c->filters, pooled, p->filter_lanes, NULL, y + before, plane, pixels);
    } else {
      const ck_transpose_change change = {.bias = bias, .relu = c->tail == CK_CONV_RELU};
      const ptrdiff_t pixels = high * p->out_width;
      kernels->transpose(pixels, c->filters, chunk, p->filter_lanes, &change, y + first * p->out_width, plane, pixels);
    }
  }
}

void ck_conv2d_forward(const ck_context *wanted, const ck_conv2d *conv, const float *x, const float *w,
                       const float *bias, float *y, uint8_t *argmax, void *memory) {
  const ck_context own = context_for(wanted, conv, x, w), *context = &own;
  const conv2d_plan p = conv2d_plan_make(context, conv, false);
  const ptrdiff_t x_image = conv->channels * conv->height * conv->width;
  const ptrdiff_t y_image = conv->filters * ck_conv2d_plane(conv);
  const ptrdiff_t work = conv->batch * conv->filters * p.out_height * p.out_width * conv2d_taps(&p) * conv->channels;
  if (work == 0)
    return;
  const int team = ck_team(context, work, FORWARD_GRAIN);
  ck_workspace workspace = {memory, 0};
  const forward_scratch s = take_scratch(&workspace, &p, team);
  fill_tables(&p, &s);
  // Whole images where there are enough of them, else blocks of rows.
  const ptrdiff_t blocks = conv->batch >= 2 * team ? 1 : ck_min(p.out_height, ck_ceil_div(2 * team, conv->batch));
  ck_queue queue = 0;
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_kernel_set *kernels = context->kernels;
    const int me = omp_get_thread_num();
    float *x_scratch = s.x + me * s.x_floats, *x_cells = s.x_cells + me * s.x_floats;
    memset(x_scratch, 0, (size_t)s.x_floats * sizeof(float));
    if (p.winograd_forward)
      pack_winograd(&p, &s, w);
    else
      pack_weights(kernels, &p, w, ck_my_part(p.filter_strips * p.x_channels, 1), s.weights);
#pragma omp barrier
    if (conv2d_pairs(&p)) {
      if (p.winograd_forward)
        conv2d_pair_weights(context, ck_winograd_weight_floats(&s.winograd) / CONV_LANES, s.weights, s.weight_cells, 0);
      else
        pair_weights(&p, &s, ck_my_part(p.filter_strips * conv->kernel_height, 1));
#pragma omp barrier
    }
    if (reads_cells(&p))
      memset(x_cells, 0, (size_t)s.x_floats * sizeof(float));
    for (ptrdiff_t task; (task = ck_next(&queue)) < conv->batch * blocks;) {
      const ptrdiff_t image = task / blocks;
      const ck_range rows = ck_part(p.out_height, blocks, task % blocks, row_unit(&p));
      const ptrdiff_t top = ck_max(rows.first * conv->stride_height - conv->pad_height, 0);
      const ptrdiff_t end = (rows.first + rows.count - 1) * conv->stride_height - conv->pad_height +
                            conv->kernel_height + p.overlaps; // whose last pixel's neighbour is the next row's first
      const ck_range needed = {top, ck_max(ck_min(end, conv->height) - top, 0)};
      const float *padded = conv2d_load_x(kernels, &p, x + image * x_image, needed, x_scratch);
      if (reads_cells(&p)) {
        const ck_range padded_rows = {needed.first + ck_max(conv->pad_height, 0), needed.count};
        pair_x(&p, &s, padded_rows, padded, x_cells);
        padded = x_cells;
      }
      padded += conv2d_cut_pixels(&p) * pixel_cells(&p);
      uint8_t *places = argmax ? argmax + image * ck_conv2d_plane(conv) * p.filter_lanes : NULL;
      // Whose image is next is not known yet; with even work it is that of a team further on.
      const ptrdiff_t turns = blocks == 1 && image + team < conv->batch ? turns_of(&p, &s, rows.count) : 0;
      next_image next = {ck_ahead_of(x + (image + team) * x_image, x_image, turns),
                         ck_ahead_of(y + (image + team) * y_image, y_image, turns)};
      convolve_rows(&p, &s, me, padded, bias, rows, y + image * y_image, places, &next);
    }
    ck_release(context);
    ck_denormals_restore(saved);
  }
}
