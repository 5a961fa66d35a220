// The weights' gradient on AMX, whose tiles take k in chunks: channels in the rows, filters in the lanes, one product
// for each tap.
//
// A channel's padded plane is all output pixels in a row, as seen by the first tap, and from another pixel on as seen
// by any other tap; so k runs over the whole plane at once, chunk by chunk. Where it crosses from one row to the next
// the output gradient has zeros. A tap an odd number of pixels on needs the other pairs: each plane has two copies.
#include "conv/weights_algorithm.h"
#include <string.h>

enum {
  FROM_CHANNELS = 8, // fewer leave most of a tile's rows empty
  BLOCK_PAIRS = 256, // along k: 32 channels in all copies and terms, and what they meet, stay in the second level
  // Sums over fewer take longer to load and store than to compute: several images are summed together.
  FEW_PAIRS = 96,
  SMALL_IMAGE = 16, // pixels
};

// Sizes are packed pairs: two copies of each channel's planes, and panels of filters.
typedef struct {
  // Along k, of one image: the padded plane, and output pixels in whole chunks. Chunks are an image's own, for each
  // adds its products up by itself: how many images are together makes no difference to the bits.
  ptrdiff_t image, length, chunk;
  ptrdiff_t *x_image, *dy_image; // where each of the images that are summed together starts
  ptrdiff_t plane, panel;        // of all of them
  ptrdiff_t past;                // read behind the last image
  ptrdiff_t sums;                // floats of a slice's gradient as it adds up
  ptrdiff_t x_lo, dy_lo;         // to the lo terms, see dispatch/bf16_kernels.h
  // Scratch begins with one plane of floats, zero but for its inside; behind it are an output gradient like that, or
  // the pairs.
  ptrdiff_t padded_dy, pairs_at;
  ptrdiff_t x_pairs, dy_pairs, together; // among the pairs of `together` floats that several images have
} amx_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return ck_chunk(context) > 1 && c->stride_height == 1 && c->stride_width == 1 && !conv_dilates(c) && c->groups == 1;
}
static bool pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return c->channels >= FROM_CHANNELS;
}
// Of small images the sums of many chunks of a batch take longer to load and store than to compute.
static bool batch_pays(const ck_context *context, const ck_conv2d *c) {
  return pays(context, c) && ck_conv2d_out_height(c) * ck_conv2d_out_width(c) <= SMALL_IMAGE;
}

static void widen(const conv_layout *l, gradient_layout *dy) {
  dy->width = ck_max(dy->width, l->out_width + l->conv.kernel_width - 1);
}

// From the first tap's first pixel to another's.
static ptrdiff_t tap_pixels(const weights_plan *p, ptrdiff_t tap) {
  return tap / p->layout.conv.kernel_width * p->dy.width + tap % p->layout.conv.kernel_width;
}
// Output pixels of an image along k, with the zeros between rows.
static ptrdiff_t pixels_along(const weights_plan *p) {
  return (p->layout.out_height - 1) * p->dy.width + p->layout.out_width;
}

static amx_plan plan_pairs(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_context *context = &l->context;
  const ptrdiff_t pairs = ck_ceil_div(pixels_along(p), 2), chunks = ck_ceil_div(pairs, ck_chunk(context));
  amx_plan own = {.image = ck_ceil_div((l->out_height + l->conv.kernel_height - 1) * p->dy.width, 2),
                  .chunk = ck_ceil_div(pairs, chunks)};
  own.length = chunks * own.chunk;
  own.past = ck_max(tap_pixels(p, l->taps - 1) / 2 + own.length - own.image, 0);
  p->images_together = ck_max(FEW_PAIRS / own.length, 1);
  own.panel = p->images_together * own.length;
  // An odd number of cache lines, or those of many planes would fall into one set.
  own.plane = (ck_ceil_div(p->images_together * own.image + own.past, CK_LANES) | 1) * CK_LANES;
  own.x_image = ck_take(memory, (size_t)p->images_together * sizeof *own.x_image);
  own.dy_image = ck_take(memory, (size_t)p->images_together * sizeof *own.dy_image);
  for (ptrdiff_t i = 0; memory->base && i < p->images_together; i++) {
    own.x_image[i] = i * own.image;
    own.dy_image[i] = i * own.length * CK_LANES;
  }
  const ptrdiff_t x_pairs = 2 * l->conv.channels * own.plane, dy_pairs = l->filter_panels * own.panel * CK_LANES;
  own.x_lo = ck_lo_distance(context, x_pairs);
  own.dy_lo = ck_lo_distance(context, dy_pairs);
  own.x_pairs = ck_place(&own.together, ck_terms(context) * x_pairs);
  own.dy_pairs = ck_place(&own.together, ck_terms(context) * dy_pairs);
  own.sums = l->taps * l->x_channels * l->filter_lanes;
  return own;
}

static void plan_amx(weights_plan *p, ck_workspace *memory) {
  amx_plan own = plan_pairs(p, memory);
  p->dw_floats = own.sums;
  ck_place(&p->scratch_floats, 2 * own.image + 1);
  p->zeroed_floats = p->scratch_floats;
  own.pairs_at = ck_place(&p->scratch_floats, own.together);
  p->own = ck_keep(memory, &own, sizeof own);
}

static void plan_batch(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  amx_plan own = plan_pairs(p, memory);
  ck_place(&p->scratch_floats, 2 * own.image + 1);
  own.padded_dy = ck_place(&p->scratch_floats, pixels_along(p) * l->filter_lanes);
  p->sums_floats = l->slices * own.sums;
  p->packed_floats = p->sums_floats + l->slices * ck_ceil_div(l->conv.batch, p->images_together) * own.together;
  p->own = ck_keep(memory, &own, sizeof own);
}

// Two copies of each channel's plane in pairs, of the image that comes after `before` others. `plane` is the one in
// floats.
static void pack_planes(const weights_plan *p, const float *image, ptrdiff_t before, float *plane, float *pairs) {
  const amx_plan *own = p->own;
  const ck_conv2d *c = &p->layout.conv;
  const ptrdiff_t cut_rows = ck_max(-c->pad_height, 0), cut = ck_max(-c->pad_width, 0);
  pairs += own->x_image[before];
  for (ptrdiff_t channel = 0; channel < c->channels; channel++, image += c->height * c->width, pairs += own->plane) {
    for (ptrdiff_t y = cut_rows; y < c->height - cut_rows; y++)
      memcpy(plane + (y + c->pad_height) * p->dy.width + ck_max(c->pad_width, 0), image + y * c->width + cut,
             (size_t)(c->width - 2 * cut) * sizeof(float));
    for (ptrdiff_t odd = 0; odd < 2; odd++)
      p->layout.context.bf16->pack_along(1, 2 * own->image, plane + odd, 0, pairs + odd * c->channels * own->plane, 0,
                                         own->x_lo);
  }
}

// Panels of filters of the image that comes after `before` others, with zeros up to a whole chunk.
static void pack_gradient(const weights_plan *p, const float *dy, ptrdiff_t before, float *pairs) {
  const amx_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t pixels = pixels_along(p), valid = ck_ceil_div(pixels, 2);
  pairs += own->dy_image[before];
  for (ptrdiff_t panel = 0; panel < l->filter_panels; panel++, pairs += own->panel * CK_LANES) {
    l->context.bf16->pack_across(pixels, CK_LANES, dy + panel * CK_LANES, l->filter_lanes, pairs, CK_LANES, CK_LANES,
                                 own->dy_lo);
    for (ptrdiff_t term = 0; term < ck_terms(&l->context); term++)
      memset(pairs + term * own->dy_lo + valid * CK_LANES, 0,
             (size_t)((own->length - valid) * CK_LANES) * sizeof(float));
  }
}

// What stands behind the planes of `count` images meets zeros, and must be numbers.
static void end_planes(const weights_plan *p, ptrdiff_t count, float *pairs) {
  const amx_plan *own = p->own;
  pairs += count * own->image;
  for (ptrdiff_t i = 0; i < ck_terms(&p->layout.context) * 2 * p->layout.conv.channels; i++, pairs += own->plane)
    memset(pairs, 0, (size_t)own->past * sizeof(float));
}

// The products of some channels and two panels of filters at most, of `images` images; sums go on where beta is 1.
static void multiply(const weights_plan *p, ptrdiff_t images, const float *pairs, ck_range channels, ptrdiff_t panel,
                     float beta, float *dw, image_prefetch *next) {
  const amx_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_tile_kernels *tiles = ck_tiles(&l->context);
  const ptrdiff_t panels = ck_min(tiles->panels, l->filter_panels - panel);
  const ptrdiff_t block = BLOCK_PAIRS / own->chunk * own->chunk;
  ck_tile tile = {.segments = images,
                  .a_segment = own->x_image,
                  .b_segment = own->dy_image,
                  .chunk = own->chunk,
                  .a_row = own->plane,
                  .a_k = 1,
                  .b_k = CK_LANES,
                  .b_panel = own->panel * CK_LANES,
                  .a_lo = own->x_lo,
                  .b_lo = own->dy_lo,
                  .c_row = l->filter_lanes,
                  .last_columns = CK_LANES,
                  .alpha = 1.0f,
                  .beta = beta};
  for (ptrdiff_t k = 0; k < own->length; k += block, tile.beta = 1.0f) {
    tile.length = ck_min(own->length - k, block);
    // All taps of one copy of the planes, which stays in the first level, and then those of the other.
    for (ptrdiff_t i = 0; i < 2 * l->taps; i++) {
      const ptrdiff_t odd = i / l->taps, tap = i % l->taps, pixels = tap_pixels(p, tap);
      if (pixels % 2 != odd)
        continue;
      tiles->along_k[panels][channels.count - 1](
          &tile, pairs + own->x_pairs + (odd * l->conv.channels + channels.first) * own->plane + pixels / 2 + k,
          pairs + own->dy_pairs + panel * tile.b_panel + k * CK_LANES,
          dw + (tap * l->x_channels + channels.first) * l->filter_lanes + panel * CK_LANES);
      if (next)
        image_prefetch_step(next);
    }
  }
}

static ptrdiff_t channel_tiles(const weights_plan *p) {
  return ck_ceil_div(p->layout.conv.channels, ck_tiles(&p->layout.context)->rows);
}
static ptrdiff_t filter_tiles(const weights_plan *p) {
  return ck_ceil_div(p->layout.filter_panels, ck_tiles(&p->layout.context)->panels);
}
// Tile `i` of all sums.
static void multiply_tile(const weights_plan *p, ptrdiff_t i, ptrdiff_t images, const float *pairs, float beta,
                          float *dw, image_prefetch *next) {
  const ck_range channels = ck_share(p->layout.conv.channels, channel_tiles(p), i / filter_tiles(p), 1);
  multiply(p, images, pairs, channels, i % filter_tiles(p) * ck_tiles(&p->layout.context)->panels, beta, dw, next);
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *dy,
                       image_place place, float *dw, image_prefetch *next) {
  const amx_plan *own = p->own;
  float *pairs = scratch + own->pairs_at;
  pack_planes(p, image, place.before, scratch, pairs + own->x_pairs);
  pack_gradient(p, dy->pixels, place.before, pairs + own->dy_pairs);
  if (!place.is_last)
    return;
  end_planes(p, place.before + 1, pairs + own->x_pairs);
  for (ptrdiff_t i = 0; i < channel_tiles(p) * filter_tiles(p); i++)
    multiply_tile(p, i, place.before + 1, pairs, 1.0f, dw, next);
}

// The pairs of all images first, each thread some; then all sums, each thread some.
static void compute_batch(const weights_plan *p, const float *x, const float *dy, ptrdiff_t batch,
                          const ck_batch_part *part, float *packed, float *scratch, float *dw) {
  const amx_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t blocks = ck_ceil_div(batch, p->images_together), row = l->out_width * l->filter_lanes;
  float *sums = part ? part->sums : packed, *pairs = packed + p->sums_floats;
  float *padded_dy = scratch + own->padded_dy;
  memset(scratch, 0, (size_t)p->scratch_floats * sizeof(float));
  const ck_range packs = ck_my_share(l->slices * blocks, 1);
  for (ptrdiff_t i = packs.first; i < packs.first + packs.count; i++) {
    const ck_range images = ck_share(batch, blocks, i % blocks, 1);
    float *to = pairs + i * own->together;
    for (ptrdiff_t j = 0; j < images.count; j++) {
      const ptrdiff_t image = (images.first + j) * l->slices + i / blocks;
      for (ptrdiff_t y = 0; y < l->out_height; y++)
        memcpy(padded_dy + y * conv_dy_row(p), dy + (image * l->out_height + y) * row, (size_t)row * sizeof(float));
      pack_planes(p, x + image * conv_x_count(c), j, scratch, to + own->x_pairs);
      pack_gradient(p, padded_dy, j, to + own->dy_pairs);
    }
    end_planes(p, images.count, to + own->x_pairs);
  }
  ck_barrier();
  const ptrdiff_t tiles = channel_tiles(p) * filter_tiles(p);
  const ck_range mine = ck_my_share(l->slices * tiles, 1);
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ck_range images = ck_share(batch, blocks, block, 1);
    for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++)
      multiply_tile(p, i % tiles, images.count, pairs + (i / tiles * blocks + block) * own->together,
                    block == 0 && !ck_batch_continues(part) ? 0.0f : 1.0f, sums + i / tiles * own->sums, NULL);
  }
  if (blocks == 0 && !ck_batch_continues(part)) { // no images, no sums
    const ck_range zeros = ck_my_share(l->slices * own->sums, 1);
    memset(sums + zeros.first, 0, (size_t)zeros.count * sizeof(float));
  }
  ck_barrier();
  if (!part || part->first + batch == part->whole)
    conv_unpack_filters_last(p, sums, dw);
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const amx_plan *own = p->own;
  return ck_ceil_div(own->length, BLOCK_PAIRS / own->chunk * own->chunk) * channel_tiles(p) * filter_tiles(p) *
         p->layout.taps;
}

const weights_algorithm conv_weights_amx_batch = {.choice = {CK_CONV_AMX_BATCH, supports, batch_pays},
                                                  .in_two_terms = true,
                                                  .widen = widen,
                                                  .plan = plan_batch,
                                                  .compute_batch = compute_batch};
const weights_algorithm conv_weights_amx = {.choice = {CK_CONV_AMX, supports, pays},
                                            .in_two_terms = true,
                                            .widen = widen,
                                            .plan = plan_amx,
                                            .accumulate = accumulate,
                                            .prefetch_steps = prefetch_steps,
                                            .unpack = conv_unpack_filters_last};
