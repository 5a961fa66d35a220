// The input's gradient: channels in the lanes, up to 14 neighbouring pixels in a tile, k runs over (tap; filter). Or by
// Winograd's windows: it is a convolution of the padded output gradient with the taps turned round.
#include "conv/conv2d_backward.h"

// The taps that reach the pixels whose padded coordinates are (phase_y, phase_x) modulo the stride.
typedef struct {
  ptrdiff_t first, count; // in the tap tables
} conv_phase;

static conv_phase phase_at(const conv2d_plan *p, ptrdiff_t phase_y, ptrdiff_t phase_x) {
  const ck_conv2d *c = &p->conv;
  conv_phase phase = {0, 0};
  for (ptrdiff_t y = 0; y < c->stride_height; y++) {
    for (ptrdiff_t x = 0; x < c->stride_width; x++) {
      const ptrdiff_t high = y < c->kernel_height ? ck_ceil_div(c->kernel_height - y, c->stride_height) : 0;
      const ptrdiff_t wide = x < c->kernel_width ? ck_ceil_div(c->kernel_width - x, c->stride_width) : 0;
      phase.count = high * wide;
      if (y == phase_y && x == phase_x)
        return phase;
      phase.first += phase.count;
    }
  }
  return phase;
}

void conv2d_input_gradient_tables(const conv2d_plan *p, const backward_scratch *s) {
  const ck_conv2d *c = &p->conv;
  ptrdiff_t i = 0;
  for (ptrdiff_t py = 0; py < c->stride_height; py++) {
    for (ptrdiff_t px = 0; px < c->stride_width; px++) {
      for (ptrdiff_t ky = py; ky < c->kernel_height; ky += c->stride_height) {
        for (ptrdiff_t kx = px; kx < c->kernel_width; kx += c->stride_width, i++) {
          const ptrdiff_t up = ky / c->stride_height, left = kx / c->stride_width;
          s->tap_segment[i] = -(up * p->dy_width + left) * p->filter_lanes / p->per_cell;
          s->w_segment[i] = (ky * c->kernel_width + kx) * p->dy_filters / p->per_cell * CONV_LANES;
        }
      }
    }
  }
}

// One piece packs one filter of one strip of channels. A filter that only fills a cell up packs zeros.
static void pack_weights(const ck_kernel_set *kernels, const conv2d_plan *p, const float *w, ck_range pieces,
                         float *packed) {
  const ptrdiff_t filters = p->dy_filters, taps = conv2d_taps(p), filter_size = p->conv.channels * taps;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++) {
    const ptrdiff_t strip = i / filters, filter = i % filters, first = strip * CONV_LANES;
    const ptrdiff_t channels = ck_min(p->conv.channels - first, CONV_LANES);
    float *to = packed + (strip * taps * filters + filter) * CONV_LANES;
    if (filter < p->conv.filters)
      kernels->transpose(channels, taps, w + filter * filter_size + first * taps, taps, NULL, to, filters * CONV_LANES,
                         CONV_LANES);
    else
      for (ptrdiff_t tap = 0; tap < taps; tap++)
        memset(to + tap * filters * CONV_LANES, 0, CONV_LANES * sizeof(float));
  }
}

static void pack_winograd(const conv2d_plan *p, const backward_scratch *s, const float *w) {
  const ptrdiff_t taps = conv2d_taps(p);
  const ck_winograd_source source = {.taps = w, .next_output = taps, .next_k = p->conv.channels * taps, .turned = true};
  ck_winograd_pack(&s->winograd, source, ck_my_part(ck_winograd_pieces(&s->winograd), 1), s->weights);
}

void conv2d_pack_input_weights(const conv2d_plan *p, const backward_scratch *s, const float *w) {
  ptrdiff_t rows = p->channel_strips * conv2d_taps(p) * p->dy_filters;
  if (p->winograd_input) {
    pack_winograd(p, s, w);
    rows = ck_winograd_weight_floats(&s->winograd) / CONV_LANES;
  } else {
    pack_weights(p->context.kernels, p, w, ck_my_part(p->channel_strips * p->dy_filters, 1), s->weights);
  }
#pragma omp barrier
  if (conv2d_pairs(p)) {
    conv2d_pair_weights(&p->context, rows, s->weights, s->weight_cells, s->w_low);
#pragma omp barrier
  }
}

// `high` rows of dx from row `first` on into `to`: by Winograd's windows or, for all other shapes, by tiles.
static void rows_by_windows(const conv2d_plan *p, const backward_scratch *s, int thread, const float *dy,
                            ptrdiff_t first, ptrdiff_t high, float *to, next_image *next) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t row = p->dy_top + c->pad_height - 2 + first, column = p->dy_left + c->pad_width - 2;
  const ptrdiff_t blocks = ck_winograd_blocks(&s->winograd, high);
  for (ptrdiff_t i = 0; i < blocks; i++) {
    ck_winograd_block(&s->winograd, s->weight_cells, dy + (row * p->dy_width + column) * p->filter_lanes, high, i,
                      s->products + thread * s->products_floats, to);
    next_image_turn(next);
  }
}

// One row of dx into `to` (width pixels of channel lanes). `dy` is the padded gradient, in cells.
static void gradient_row(ck_walk walk, const conv2d_plan *p, const backward_scratch *s, const float *dy, ptrdiff_t row,
                         float *to) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t pixel = p->filter_lanes / p->per_cell; // cells of a pixel of dy
  const ptrdiff_t strip_floats = conv2d_taps(p) * p->dy_filters / p->per_cell * CONV_LANES;
  const ck_tile_kernels *tiles = walk.tiles;
  ck_tile tile = {.length = p->dy_filters / p->per_cell,
                  .chunk = walk.chunk,
                  .a_row = pixel,
                  .a_k = 1,
                  .b_k = CONV_LANES,
                  .b_strip = strip_floats,
                  .a_low = s->dy_low,
                  .b_low = s->w_low,
                  .c_row = c->stride_width * p->channel_lanes,
                  .last_columns = CONV_LANES,
                  .alpha = 1.0f};
  const conv2d_step y = conv2d_step_of(row + c->pad_height, c->stride_height);
  for (ptrdiff_t first = 0; first < ck_min(c->stride_width, c->width); first++) {
    const conv2d_step x = conv2d_step_of(first + c->pad_width, c->stride_width);
    const conv_phase phase = phase_at(p, y.phase, x.phase);
    tile.segments = phase.count;
    tile.a_segment = s->tap_segment + phase.first;
    tile.b_segment = s->w_segment + phase.first;
    const float *from = dy + ((p->dy_top + y.step) * p->dy_width + p->dy_left + x.step) * pixel;
    const ptrdiff_t pixels = ck_ceil_div(c->width - first, c->stride_width), count = ck_ceil_div(pixels, tiles->rows);
    for (ptrdiff_t strip = 0; strip < p->channel_strips; strip += tiles->strips) {
      const ptrdiff_t strips = ck_min(tiles->strips, p->channel_strips - strip);
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(pixels, count, t, 1);
        tiles->along_k[strips][part.count - 1](&tile, from + part.first * pixel, s->weight_cells + strip * strip_floats,
                                               to + first * p->channel_lanes + part.first * tile.c_row +
                                                   strip * CONV_LANES);
      }
    }
  }
}

static void rows_by_tiles(const conv2d_plan *p, const backward_scratch *s, const float *dy, ptrdiff_t first,
                          ptrdiff_t high, float *to, next_image *next) {
  const ck_walk walk = ck_walk_along(&p->context, p->dy_filters / p->per_cell);
  for (ptrdiff_t i = 0; i < high; i++) {
    gradient_row(walk, p, s, dy, first + i, to + i * p->conv.width * p->channel_lanes);
    next_image_turn(next);
  }
}

ptrdiff_t conv2d_input_turns(const conv2d_plan *p, const backward_scratch *s) {
  return p->winograd_input ? ck_winograd_blocks(&s->winograd, p->conv.height) : p->conv.height;
}

void conv2d_input_gradient(const conv2d_plan *p, const backward_scratch *s, int thread, const float *dy, float *dx,
                           next_image *next) {
  const ck_conv2d *c = &p->conv;
  const ck_context *context = &p->context;
  const ptrdiff_t plane = c->height * c->width;
  float *chunk = s->chunk + thread * s->chunk_floats;
  if (conv2d_pairs(p) && !p->winograd_input) {
    float *cells = s->dy_cells + thread * s->dy_cell_floats;
    context->pairs->along(1, s->dy_floats, dy, 0, cells, 0, s->dy_low);
    dy = cells;
  }
  for (ptrdiff_t first = 0; first < c->height; first += s->chunk_rows) {
    const ptrdiff_t high = ck_min(s->chunk_rows, c->height - first), pixels = high * c->width;
    if (p->winograd_input)
      rows_by_windows(p, s, thread, dy, first, high, chunk, next);
    else
      rows_by_tiles(p, s, dy, first, high, chunk, next);
    context->kernels->transpose(pixels, c->channels, chunk, p->channel_lanes, NULL, dx + first * c->width, plane,
                                pixels);
  }
}
