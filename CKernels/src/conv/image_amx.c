// The forward pass and the input's gradient of small images on AMX, whose tiles have more rows than such an image has
// pixels side by side. The windows of all pixels of a few images are gathered into the rows of a matrix (im2col), in
// packed pairs, so that tiles are as full as the last of them allows; and a panel of weights, once it is in the
// first-level cache, meets all of these rows.
//
//   forward   y(pixel, filter)    = sum over (tap; channel) of  x(pixel, tap) * w(tap, filter)
//   input     dx(pixel, channel)  = sum over (tap; filter) of  dy(pixel, tap) * w(tap, filter, channel)
#include "conv/image_algorithm.h"
#include "conv/matrix.h"
#include <string.h>

enum {
  ROWS = 128,        // of windows that are gathered together
  BLOCK_PAIRS = 256, // along k: two panels of weights stay in the first level
};

typedef struct {
  ptrdiff_t *source;                     // [output pixel][tap]: pixel of the source, or -1 where that is in the border
  ptrdiff_t from_pixels, to_pixels;      // of a source image, and of what is computed
  ptrdiff_t from_floats;                 // of a source pixel, interleaved
  ptrdiff_t pixel, window;               // pairs of a source pixel that are multiplied, and of a window
  ptrdiff_t chunk, row;                  // pairs that a tile takes at a time; from one window to the next in scratch
  ptrdiff_t images;                      // that are gathered together
  ptrdiff_t pairs_at;                    // packed pairs start so many floats behind the panels of floats
  ptrdiff_t w_lo, from_lo, row_lo;       // see dispatch/bf16_kernels.h
  ptrdiff_t floats_at, from_at, rows_at; // in scratch: an image interleaved, the same in pairs, and the windows
} gathered_plan;

static bool supports(const ck_context *context, const ck_conv2d *c) {
  return ck_chunk(context) > 1 && c->groups == 1 && c->channels > 1 && c->filters > 1;
}

// Images of more pixels abreast fill enough of a tile's rows; fewer outputs than two panels are not worth the copies.
static bool pays_for(ptrdiff_t height, ptrdiff_t width, ptrdiff_t outputs) {
  enum { MOST_PIXELS = 64, MOST_ABREAST = 7 };
  return height * width <= MOST_PIXELS && width <= MOST_ABREAST && outputs >= 2 * CK_LANES;
}
static bool forward_pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return pays_for(ck_conv2d_out_height(c), ck_conv2d_out_width(c), c->filters);
}
static bool input_pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return pays_for(c->height, c->width, c->channels);
}

static void plan_gathered(image_plan *p, ck_workspace *memory, gathered_plan *own, ptrdiff_t depth) {
  const conv_layout *l = &p->layout;
  const ck_context *context = &l->context;
  own->pixel = depth / 2;
  own->window = l->taps * own->pixel;
  own->chunk = ck_even_chunk(own->window, ck_chunk(context));
  own->row = (ck_ceil_div(own->window, CK_LANES) | 1) * CK_LANES; // an odd number of cache lines
  own->images = ck_max(ROWS / own->to_pixels, 1);
  own->source = ck_take(memory, (size_t)(own->to_pixels * l->taps) * sizeof *own->source);
  const ptrdiff_t panels = l->slices * l->taps * depth * p->lanes;
  p->row_unit = conv_pools(&l->conv) ? 2 : 1;
  p->next_slice = panels / l->slices / 2;
  own->pairs_at = panels;
  own->w_lo = ck_lo_distance(context, panels / 2);
  p->packed_floats = panels + ck_terms(context) * panels / 2;
  const ptrdiff_t from_pairs = ck_round_up(own->from_pixels * own->from_floats / 2, CK_LANES);
  const ptrdiff_t rows = own->images * own->to_pixels * own->row;
  own->from_lo = ck_lo_distance(context, from_pairs);
  own->row_lo = ck_lo_distance(context, rows);
  ptrdiff_t end = 0;
  own->floats_at = ck_place(&end, own->from_pixels * own->from_floats);
  own->from_at = ck_place(&end, ck_terms(context) * from_pairs);
  own->rows_at = ck_place(&end, ck_terms(context) * rows);
  p->scratch_floats = end;
  p->own = ck_keep(memory, own, sizeof *own);
}

// Where each window of the output finds its pixels, or for the input's gradient where each pixel's outputs are.
static void fill_sources(const image_plan *p, const gathered_plan *own, bool is_forward) {
  const ptrdiff_t taps = p->layout.taps;
  for (ptrdiff_t i = 0; i < own->to_pixels * taps; i++)
    own->source[i] = -1;
  for (ptrdiff_t to = 0; to < own->to_pixels; to++) {
    for (ptrdiff_t from = 0; from < own->from_pixels; from++) {
      const ptrdiff_t tap = conv_tap_between(&p->layout.conv, is_forward ? from : to, is_forward ? to : from);
      if (tap >= 0)
        own->source[to * taps + tap] = from;
    }
  }
}

static void plan_forward(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  gathered_plan own = {
      .from_pixels = c->height * c->width, .to_pixels = l->out_height * l->out_width, .from_floats = l->x_channels};
  plan_gathered(p, memory, &own, l->x_channels);
  if (memory->base)
    fill_sources(p, &own, true);
}

static void plan_input(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  gathered_plan own = {
      .from_pixels = l->out_height * l->out_width, .to_pixels = c->height * c->width, .from_floats = l->filter_lanes};
  plan_gathered(p, memory, &own, l->dy_filters);
  if (memory->base)
    fill_sources(p, &own, false);
}

static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const gathered_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t depth = 2 * own->pixel;
  conv_pack_panels(l->context.kernels, &p->order, depth, w, packed);
  ck_barrier();
  conv_pack_pairs(&l->context, l->slices * p->lanes / CK_LANES * l->taps, depth, packed, packed + own->pairs_at,
                  own->w_lo);
  ck_barrier();
}

// The windows of one image, whose pixels are interleaved.
static void gather(const image_plan *p, const float *image, float *pairs, float *rows) {
  const gathered_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t next_pixel = own->from_floats / 2;
  const size_t bytes = (size_t)own->pixel * sizeof(float);
  l->context.bf16->pack_along(1, own->from_pixels * own->from_floats, image, 0, pairs, 0, own->from_lo);
  for (ptrdiff_t term = 0; term < ck_terms(&l->context); term++) {
    const float *from = pairs + term * own->from_lo;
    float *to = rows + term * own->row_lo;
    for (ptrdiff_t pixel = 0; pixel < own->to_pixels; pixel++, to += own->row) {
      const ptrdiff_t *source = own->source + pixel * l->taps;
      for (ptrdiff_t tap = 0; tap < l->taps; tap++) {
        if (source[tap] < 0)
          memset(to + tap * own->pixel, 0, bytes);
        else
          memcpy(to + tap * own->pixel, from + source[tap] * next_pixel, bytes);
      }
    }
  }
}

// The products of `count` windows and some panels of weights; `to` gets the first window's.
static void multiply(const image_plan *p, const float *rows, ptrdiff_t count, const float *weights, ck_range panels,
                     float *to) {
  const gathered_plan *own = p->own;
  const ck_tile_kernels *tiles = ck_tiles(&p->layout.context);
  const ptrdiff_t end = panels.first + panels.count, in_rows = ck_ceil_div(count, tiles->rows);
  ck_tile tile = {.segments = 1,
                  .chunk = own->chunk,
                  .a_row = own->row,
                  .a_k = 1,
                  .b_k = CK_LANES,
                  .b_panel = own->window * CK_LANES,
                  .a_lo = own->row_lo,
                  .b_lo = own->w_lo,
                  .c_row = p->lanes,
                  .last_columns = CK_LANES,
                  .alpha = 1.0f};
  const ptrdiff_t block = BLOCK_PAIRS / own->chunk * own->chunk;
  for (ptrdiff_t k = 0; k < own->window; k += block, tile.beta = 1.0f) {
    tile.length = ck_min(own->window - k, block);
    for (ptrdiff_t panel = panels.first; panel < end; panel += tiles->panels) {
      const ptrdiff_t at_once = ck_min(tiles->panels, end - panel);
      for (ptrdiff_t t = 0; t < in_rows; t++) {
        const ck_range share = ck_share(count, in_rows, t, 1);
        tiles->along_k[at_once][share.count - 1](&tile, rows + share.first * own->row + k,
                                                 weights + panel * tile.b_panel + k * CK_LANES,
                                                 to + share.first * p->lanes + panel * CK_LANES);
      }
    }
  }
}

// A batch's images are those of its slices in turn: with several slices neighbours have other weights, and each is
// gathered alone. Where there are fewer groups of images than threads, several threads gather the same windows, each
// for panels of its own.
static void compute_images(const image_plan *p, const float *packed, const float *from, bool is_planes, ptrdiff_t batch,
                           float *scratch, float *to) {
  const gathered_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t images = batch * l->slices, together = l->slices > 1 ? 1 : own->images;
  const ptrdiff_t from_count = is_planes ? conv_x_count(&l->conv) : own->from_pixels * own->from_floats;
  const ptrdiff_t groups = ck_ceil_div(images, together), panels = p->lanes / CK_LANES;
  const ptrdiff_t parts = ck_min(ck_ceil_div(omp_get_num_threads(), groups), panels);
  const ck_range mine = ck_my_share(groups * parts, 1);
  float *rows = scratch + own->rows_at;
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t first = i / parts * together, count = ck_min(together, images - first);
    for (ptrdiff_t j = 0; j < count; j++) {
      const float *image = from + (first + j) * from_count;
      if (is_planes) {
        conv_interleave(l->context.kernels, image, l->conv.channels, 1, own->from_pixels, (ck_range){0, 1}, NULL,
                        scratch + own->floats_at, own->from_pixels, own->from_floats);
        image = scratch + own->floats_at;
      }
      gather(p, image, scratch + own->from_at, rows + j * own->to_pixels * own->row);
    }
    multiply(p, rows, count * own->to_pixels, packed + own->pairs_at + first % l->slices * p->next_slice,
             ck_share(panels, parts, i % parts, ck_tiles(&l->context)->panels), to + first * own->to_pixels * p->lanes);
  }
  ck_barrier();
}

static void compute_forward(const image_plan *p, const float *packed, const float *x, ptrdiff_t batch, float *scratch,
                            float *y) {
  compute_images(p, packed, x, true, batch, scratch, y);
}
static void compute_input(const image_plan *p, const float *packed, const float *dy, ptrdiff_t batch, float *scratch,
                          float *dx) {
  compute_images(p, packed, dy, false, batch, scratch, dx);
}

const image_algorithm conv_forward_amx = {.choice = {CK_CONV_AMX_BATCH, supports, forward_pays},
                                          .plan = plan_forward,
                                          .pack_weights = pack_weights,
                                          .compute_batch = compute_forward};
const image_algorithm conv_input_amx = {.choice = {CK_CONV_AMX_BATCH, supports, input_pays},
                                        .plan = plan_input,
                                        .pack_weights = pack_weights,
                                        .compute_batch = compute_input};
