// The weights' gradient on tiles that take k in chunks: channels in the rows, filters in the lanes, one product for
// each tap.
//
// A channel's padded plane is all output pixels in a row, as seen by the first tap, and from another pixel on as seen
// by any other tap; so k runs over the whole plane at once, chunk by chunk. Where it crosses from one row to the next
// the output gradient has zeros. A tap an odd number of pixels on needs the other pairs: each plane has two copies.
#include "conv/conv2d_backward.h"

enum {
  PLANES_FROM_CHANNELS = 8, // fewer leave most of a tile's rows empty
  BLOCK_CELLS = 1024, // along k: 32 channels in all copies and parts, and what they meet, stay in the second level
};

bool conv2d_weights_on_planes(const ck_context *context, const ck_conv2d *conv) {
  return ck_chunk(context) > 1 && conv->stride_height == 1 && conv->stride_width == 1 &&
         conv->channels >= PLANES_FROM_CHANNELS;
}

ptrdiff_t conv2d_plane_width(const conv2d_plan *p) {
  return ck_max(p->dy_width, p->out_width + p->conv.kernel_width - 1);
}

// From the first tap's first pixel to another's.
static ptrdiff_t tap_pixels(const conv2d_plan *p, ptrdiff_t tap) {
  return tap / p->conv.kernel_width * p->dy_width + tap % p->conv.kernel_width;
}
// Output pixels along k, with the zeros between rows.
static ptrdiff_t pixels_along(const conv2d_plan *p) { return (p->out_height - 1) * p->dy_width + p->out_width; }

conv2d_planes conv2d_planes_of(const conv2d_plan *p) {
  const ck_context *context = &p->context;
  conv2d_planes planes = {.k_cells = ck_round_up(ck_ceil_div(pixels_along(p), 2), ck_chunk(context))};
  const ptrdiff_t used = tap_pixels(p, conv2d_taps(p) - 1) / 2 + planes.k_cells;
  const ptrdiff_t plane = ck_ceil_div((p->out_height + p->conv.kernel_height - 1) * p->dy_width, 2);
  // An odd number of cache lines, or those of many planes would fall into one set.
  planes.cells = (ck_ceil_div(ck_max(used, plane), CONV_LANES) | 1) * CONV_LANES;
  planes.x_floats = 2 * p->conv.channels * planes.cells;
  planes.dy_floats = p->filter_strips * planes.k_cells * CONV_LANES;
  planes.x_low = ck_low(context, planes.x_floats);
  planes.dy_low = ck_low(context, planes.dy_floats);
  return planes;
}

// Two copies of each channel's plane in cells. `plane` is scratch for one in floats, zero but for its inside.
static void pair_planes(const conv2d_plan *p, const conv2d_planes *planes, const float *image, float *plane,
                        float *cells) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t cut_rows = ck_max(-c->pad_height, 0), cut = ck_max(-c->pad_width, 0);
  for (ptrdiff_t channel = 0; channel < c->channels; channel++, image += c->height * c->width, cells += planes->cells) {
    for (ptrdiff_t y = cut_rows; y < c->height - cut_rows; y++)
      memcpy(plane + (y + c->pad_height) * p->dy_width + ck_max(c->pad_width, 0), image + y * c->width + cut,
             (size_t)(c->width - 2 * cut) * sizeof(float));
    for (ptrdiff_t odd = 0; odd < 2; odd++)
      p->context.pairs->along(1, 2 * planes->cells - odd, plane + odd, 0, cells + odd * c->channels * planes->cells, 0,
                              planes->x_low);
  }
}

// Strips of filters; the last chunk is filled up with zeros.
static void pair_gradient(const conv2d_plan *p, const conv2d_planes *planes, const float *dy, float *cells) {
  const ptrdiff_t pixels = pixels_along(p), valid = ck_ceil_div(pixels, 2);
  for (ptrdiff_t strip = 0; strip < p->filter_strips; strip++, cells += planes->k_cells * CONV_LANES) {
    p->context.pairs->across(pixels, CONV_LANES, dy + strip * CONV_LANES, p->filter_lanes, cells, CONV_LANES,
                             CONV_LANES, planes->dy_low);
    for (ptrdiff_t part = 0; part < ck_parts(&p->context); part++)
      memset(cells + part * planes->dy_low + valid * CONV_LANES, 0,
             (size_t)((planes->k_cells - valid) * CONV_LANES) * sizeof(float));
  }
}

static ptrdiff_t channel_tiles(const conv2d_plan *p) {
  return ck_ceil_div(p->conv.channels, ck_tiles(&p->context)->rows);
}
ptrdiff_t conv2d_planes_turns(const conv2d_plan *p, const conv2d_planes *planes) {
  return ck_ceil_div(planes->k_cells, BLOCK_CELLS) * channel_tiles(p) *
         ck_ceil_div(p->filter_strips, ck_tiles(&p->context)->strips) * conv2d_taps(p);
}

void conv2d_add_weight_gradient_of_planes(const conv2d_plan *p, const backward_scratch *s, int thread,
                                          const float *image, const float *dy, float *dw, next_image *next) {
  const conv2d_planes *planes = &s->planes;
  const ck_tile_kernels *tiles = ck_tiles(&p->context);
  const ptrdiff_t channels = p->conv.channels;
  float *x_cells = s->x_cells + thread * s->x_cell_floats, *dy_cells = s->dy_cells + thread * s->dy_cell_floats;
  pair_planes(p, planes, image, s->x + thread * s->x_floats, x_cells);
  pair_gradient(p, planes, dy, dy_cells);
  ck_tile tile = {.segments = 1,
                  .chunk = ck_chunk(&p->context),
                  .a_row = planes->cells,
                  .a_k = 1,
                  .b_k = CONV_LANES,
                  .b_strip = planes->k_cells * CONV_LANES,
                  .a_low = planes->x_low,
                  .b_low = planes->dy_low,
                  .c_row = p->filter_lanes,
                  .last_columns = CONV_LANES,
                  .alpha = 1.0f,
                  .beta = 1.0f};
  for (ptrdiff_t k = 0; k < planes->k_cells; k += BLOCK_CELLS) {
    tile.length = ck_min(planes->k_cells - k, BLOCK_CELLS);
    for (ptrdiff_t t = 0; t < channel_tiles(p); t++) {
      const ck_range part = ck_part(channels, channel_tiles(p), t, 1);
      for (ptrdiff_t strip = 0; strip < p->filter_strips; strip += tiles->strips) {
        const ptrdiff_t strips = ck_min(tiles->strips, p->filter_strips - strip);
        for (ptrdiff_t tap = 0; tap < conv2d_taps(p); tap++) {
          const ptrdiff_t pixels = tap_pixels(p, tap), plane = pixels % 2 * channels + part.first;
          tiles->along_k[strips][part.count - 1](
              &tile, x_cells + plane * planes->cells + pixels / 2 + k, dy_cells + strip * tile.b_strip + k * CONV_LANES,
              dw + (tap * p->x_channels + part.first) * p->filter_lanes + strip * CONV_LANES);
          next_image_turn(next);
        }
      }
    }
  }
}
