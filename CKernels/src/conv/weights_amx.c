// The weights' gradient on AMX, whose tiles take k in chunks: channels in the rows, filters in the lanes, one product
// for each tap.
//
// A channel's padded plane is all output pixels in a row, as seen by the first tap, and from another pixel on as seen
// by any other tap; so k runs over the whole plane at once, chunk by chunk. Where it crosses from one row to the next
// the output gradient has zeros. A tap an odd number of pixels on needs the other pairs: each plane has two copies.
#include "conv/weights_algorithm.h"
#include <string.h>

enum {
  FROM_CHANNELS = 8,  // fewer leave most of a tile's rows empty
  BLOCK_PAIRS = 1024, // along k: 32 channels in all copies and terms, and what they meet, stay in the second level
};

// Sizes are packed pairs: two copies of each channel's plane, and panels of filters.
typedef struct {
  ptrdiff_t plane, panel;      // along k; a panel has whole chunks
  ptrdiff_t x_lo, dy_lo;       // to the lo terms, see dispatch/bf16_kernels.h
  ptrdiff_t x_pairs, dy_pairs; // in scratch, after one plane of floats, which is zero but for its inside
} amx_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return ck_chunk(context) > 1 && c->stride_height == 1 && c->stride_width == 1 && !conv_dilates(c) && c->groups == 1;
}
static bool pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return c->channels >= FROM_CHANNELS;
}

static void widen(const conv_layout *l, gradient_layout *dy) {
  dy->width = ck_max(dy->width, l->out_width + l->conv.kernel_width - 1);
}

// From the first tap's first pixel to another's.
static ptrdiff_t tap_pixels(const weights_plan *p, ptrdiff_t tap) {
  return tap / p->layout.conv.kernel_width * p->dy.width + tap % p->layout.conv.kernel_width;
}
// Output pixels along k, with the zeros between rows.
static ptrdiff_t pixels_along(const weights_plan *p) {
  return (p->layout.out_height - 1) * p->dy.width + p->layout.out_width;
}

static void plan_amx(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_context *context = &l->context;
  amx_plan own = {.panel = ck_round_up(ck_ceil_div(pixels_along(p), 2), ck_chunk(context))};
  const ptrdiff_t used = tap_pixels(p, l->taps - 1) / 2 + own.panel;
  const ptrdiff_t padded = ck_ceil_div((l->out_height + l->conv.kernel_height - 1) * p->dy.width, 2);
  // An odd number of cache lines, or those of many planes would fall into one set.
  own.plane = (ck_ceil_div(ck_max(used, padded), CK_LANES) | 1) * CK_LANES;
  const ptrdiff_t x_pairs = 2 * l->conv.channels * own.plane, dy_pairs = l->filter_panels * own.panel * CK_LANES;
  own.x_lo = ck_lo_distance(context, x_pairs);
  own.dy_lo = ck_lo_distance(context, dy_pairs);
  p->dw_floats = l->taps * l->x_channels * l->filter_lanes;
  ptrdiff_t end = 0;
  ck_place(&end, 2 * own.plane);
  p->zeroed_floats = end;
  own.x_pairs = ck_place(&end, ck_terms(context) * x_pairs);
  own.dy_pairs = ck_place(&end, ck_terms(context) * dy_pairs);
  p->scratch_floats = end;
  p->own = ck_keep(memory, &own, sizeof own);
}

// Two copies of each channel's plane in pairs. `plane` is the one in floats.
static void pack_planes(const weights_plan *p, const float *image, float *plane, float *pairs) {
  const amx_plan *own = p->own;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t cut_rows = ck_max(-c->pad_height, 0), cut = ck_max(-c->pad_width, 0);
  for (ptrdiff_t channel = 0; channel < c->channels; channel++, image += c->height * c->width, pairs += own->plane) {
    for (ptrdiff_t y = cut_rows; y < c->height - cut_rows; y++)
      memcpy(plane + (y + c->pad_height) * p->dy.width + ck_max(c->pad_width, 0), image + y * c->width + cut,
             (size_t)(c->width - 2 * cut) * sizeof(float));
    for (ptrdiff_t odd = 0; odd < 2; odd++)
      p->layout.context.bf16->pack_along(1, 2 * own->plane - odd, plane + odd, 0,
                                         pairs + odd * c->channels * own->plane, 0, own->x_lo);
  }
}

// Panels of filters; the last chunk is filled up with zeros.
static void pack_gradient(const weights_plan *p, const float *dy, float *pairs) {
  const amx_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t pixels = pixels_along(p), valid = ck_ceil_div(pixels, 2);
  for (ptrdiff_t panel = 0; panel < l->filter_panels; panel++, pairs += own->panel * CK_LANES) {
    l->context.bf16->pack_across(pixels, CK_LANES, dy + panel * CK_LANES, l->filter_lanes, pairs, CK_LANES, CK_LANES,
                                 own->dy_lo);
    for (ptrdiff_t term = 0; term < ck_terms(&l->context); term++)
      memset(pairs + term * own->dy_lo + valid * CK_LANES, 0,
             (size_t)((own->panel - valid) * CK_LANES) * sizeof(float));
  }
}

static ptrdiff_t channel_tiles(const weights_plan *p) {
  return ck_ceil_div(p->layout.conv.channels, ck_tiles(&p->layout.context)->rows);
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  (void)place;
  const amx_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_tile_kernels *tiles = ck_tiles(&l->context);
  const ptrdiff_t channels = l->conv.channels;
  float *x_pairs = scratch + own->x_pairs, *dy_pairs = scratch + own->dy_pairs;
  pack_planes(p, image, scratch, x_pairs);
  pack_gradient(p, dy->pixels, dy_pairs);
  ck_tile tile = {.segments = 1,
                  .chunk = ck_chunk(&l->context),
                  .a_row = own->plane,
                  .a_k = 1,
                  .b_k = CK_LANES,
                  .b_panel = own->panel * CK_LANES,
                  .a_lo = own->x_lo,
                  .b_lo = own->dy_lo,
                  .c_row = l->filter_lanes,
                  .last_columns = CK_LANES,
                  .alpha = 1.0f,
                  .beta = 1.0f};
  for (ptrdiff_t k = 0; k < own->panel; k += BLOCK_PAIRS) {
    tile.length = ck_min(own->panel - k, BLOCK_PAIRS);
    for (ptrdiff_t t = 0; t < channel_tiles(p); t++) {
      const ck_range share = ck_share(channels, channel_tiles(p), t, 1);
      for (ptrdiff_t panel = 0; panel < l->filter_panels; panel += tiles->panels) {
        const ptrdiff_t panels = ck_min(tiles->panels, l->filter_panels - panel);
        for (ptrdiff_t tap = 0; tap < l->taps; tap++) {
          const ptrdiff_t pixels = tap_pixels(p, tap), plane = pixels % 2 * channels + share.first;
          tiles->along_k[panels][share.count - 1](
              &tile, x_pairs + plane * own->plane + pixels / 2 + k, dy_pairs + panel * tile.b_panel + k * CK_LANES,
              dw + (tap * l->x_channels + share.first) * l->filter_lanes + panel * CK_LANES);
          image_prefetch_step(next);
        }
      }
    }
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const amx_plan *own = p->own;
  const ptrdiff_t panels = ck_ceil_div(p->layout.filter_panels, ck_tiles(&p->layout.context)->panels);
  return ck_ceil_div(own->panel, BLOCK_PAIRS) * channel_tiles(p) * panels * p->layout.taps;
}

const weights_algorithm conv_weights_amx = {.choice = {CK_CONV_AMX, supports, pays},
                                            .in_two_terms = true,
                                            .widen = widen,
                                            .plan = plan_amx,
                                            .accumulate = accumulate,
                                            .prefetch_steps = prefetch_steps,
                                            .unpack = conv_unpack_filters_last};
