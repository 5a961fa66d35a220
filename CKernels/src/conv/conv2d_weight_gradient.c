// The weights' gradient: filters in the lanes, up to 14 neighbouring taps in a tile, k runs over output pixels.
#include "conv/conv2d_backward.h"

void conv2d_weight_gradient_tables(const conv2d_plan *p, const backward_scratch *s) {
  const ptrdiff_t dy_row = conv2d_pairs(p) ? s->row_cells : p->dy_width; // cells have no border
  for (ptrdiff_t y = 0; y < p->out_height; y++) {
    s->x_segment[y] = y * p->conv.stride_height * p->x_width * p->x_channels;
    s->dy_segment[y] = y * dy_row * p->filter_lanes;
  }
}

// Each pixel of x beside the one that meets the next output pixel; output pixels two by two, with a zero after an odd
// last one.
static void pair_pixels(const conv2d_plan *p, const backward_scratch *s, const float *x, const float *dy,
                        float *x_cells, float *dy_cells) {
  const ck_pair_kernels *pairs = p->context.pairs;
  const ptrdiff_t lanes = p->filter_lanes, count = conv2d_x_floats(p);
  pairs->across(2, count, x, conv2d_x_step(p), x_cells, count, count, 0);
  for (ptrdiff_t y = 0; y < p->out_height; y++)
    pairs->across(p->out_width, lanes, dy + y * p->dy_width * lanes, lanes, dy_cells + y * s->row_cells * lanes, lanes,
                  lanes, 0);
}

ptrdiff_t conv2d_tiles_turns(const conv2d_plan *p, const backward_scratch *s) {
  return ck_ceil_div(p->out_height, s->block_rows) * p->conv.kernel_height;
}

void conv2d_add_weight_gradient(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                const float *dy, float *dw, next_image *next) {
  const ck_conv2d *c = &p->conv;
  const ck_tile_kernels *tiles = ck_small_tiles(&p->context);
  const ptrdiff_t stretch = c->kernel_width * p->x_channels, count = ck_ceil_div(stretch, tiles->rows);
  if (conv2d_pairs(p)) {
    float *x_cells = s->x_cells + thread * s->x_cell_floats, *dy_cells = s->dy_cells + thread * s->dy_cell_floats;
    pair_pixels(p, s, x, dy, x_cells, dy_cells);
    x = x_cells;
    dy = dy_cells;
  }
  x += conv2d_cut_pixels(p) * p->x_channels;
  ck_tile tile = {.length = s->row_cells,
                  .a_row = 1,
                  .a_k = conv2d_x_step(p) * p->per_cell,
                  .b_k = p->filter_lanes,
                  .b_strip = CONV_LANES,
                  .c_row = p->filter_lanes,
                  .last_columns = CONV_LANES,
                  .alpha = 1.0f,
                  .beta = 1.0f};
  for (ptrdiff_t row = 0; row < p->out_height; row += s->block_rows) {
    tile.segments = ck_min(s->block_rows, p->out_height - row);
    tile.a_segment = s->x_segment + row;
    tile.b_segment = s->dy_segment + row;
    for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
      next_image_turn(next);
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(stretch, count, t, 1);
        const float *taps = x + ky * p->x_width * p->x_channels + part.first;
        float *to = dw + (ky * stretch + part.first) * p->filter_lanes;
        for (ptrdiff_t strip = 0; strip < p->filter_strips; strip += tiles->strips) {
          const ptrdiff_t strips = ck_min(tiles->strips, p->filter_strips - strip);
          tiles->along_rows[strips][part.count - 1](&tile, taps, dy + strip * CONV_LANES, to + strip * CONV_LANES);
        }
      }
    }
  }
}

void conv2d_unpack_weight_gradient(const conv2d_plan *p, const float *summed, ck_range channels, float *dw) {
  const ptrdiff_t taps = conv2d_taps(p), filter = taps * p->conv.channels;
  for (ptrdiff_t c = channels.first; c < channels.first + channels.count; c++)
    p->context.kernels->transpose(taps, p->conv.filters, summed + c * p->filter_lanes, p->x_channels * p->filter_lanes,
                                  NULL, dw + c * taps, filter, taps);
}
