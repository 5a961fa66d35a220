// The input's gradient as plain sums: channels in the lanes, up to 14 neighbouring pixels in a tile, and k runs over
// (tap; filter). With a stride it falls into stride^2 phases, each a small convolution of stride 1 over every
// stride-th tap.
#include "conv/image_algorithm.h"

typedef struct {
  ptrdiff_t *dy_segment, *w_segment; // phase by phase, where each tap's elements start
  ck_walk walk;                      // along a tap's filters
  ptrdiff_t pairs_at;                // packed pairs start so many floats behind the panels of floats
  ptrdiff_t dy_lo, w_lo;             // see dispatch/bf16_kernels.h
} direct_plan;

// The taps that reach the pixels whose padded coordinates are (phase_y, phase_x) modulo the stride.
typedef struct {
  ptrdiff_t first, count; // in the tables of segments
} tap_phase;

static tap_phase phase_at(const ck_conv2d *c, ptrdiff_t phase_y, ptrdiff_t phase_x) {
  tap_phase phase = {0, 0};
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

static void fill_segments(const image_plan *p, const direct_plan *own) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  ptrdiff_t i = 0;
  for (ptrdiff_t py = 0; py < c->stride_height; py++) {
    for (ptrdiff_t px = 0; px < c->stride_width; px++) {
      for (ptrdiff_t ky = py; ky < c->kernel_height; ky += c->stride_height) {
        for (ptrdiff_t kx = px; kx < c->kernel_width; kx += c->stride_width, i++) {
          const ptrdiff_t up = ky / c->stride_height, left = kx / c->stride_width;
          own->dy_segment[i] = -(up * p->dy.width + left) * l->filter_lanes / l->vnni_factor;
          own->w_segment[i] = (ky * c->kernel_width + kx) * l->dy_filters / l->vnni_factor * CK_LANES;
        }
      }
    }
  }
}

static ptrdiff_t dy_floats(const image_plan *p) { return p->dy.height * p->dy.width * p->layout.filter_lanes; }

static void plan_direct(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_context *context = &l->context;
  direct_plan own = {.walk = ck_walk_along(context, l->dy_filters / l->vnni_factor)};
  own.dy_segment = ck_take(memory, (size_t)l->taps * sizeof *own.dy_segment);
  own.w_segment = ck_take(memory, (size_t)l->taps * sizeof *own.w_segment);
  p->row_unit = 1;
  p->packed_floats = l->taps * l->dy_filters * l->channel_lanes;
  if (conv_packs(l)) {
    const ptrdiff_t pairs = p->packed_floats / 2, dy_pairs = ck_round_up(dy_floats(p) / 2, CK_LANES);
    own.pairs_at = p->packed_floats;
    own.w_lo = ck_lo_distance(context, pairs);
    own.dy_lo = ck_lo_distance(context, dy_pairs);
    p->packed_floats += ck_terms(context) * pairs;
    p->converted_floats = ck_terms(context) * dy_pairs;
  }
  if (memory->base)
    fill_segments(p, &own);
  p->own = ck_keep(memory, &own, sizeof own);
}

static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  conv_pack_panels(l->context.kernels, &p->order, l->dy_filters, w, packed);
  ck_barrier();
  if (conv_packs(l)) {
    conv_pack_pairs(&l->context, l->channel_panels * l->taps, l->dy_filters, packed, packed + own->pairs_at, own->w_lo);
    ck_barrier();
  }
}

static const float *convert(const image_plan *p, const float *source, ck_range rows, float *scratch) {
  (void)rows; // all of them
  const direct_plan *own = p->own;
  if (!conv_packs(&p->layout))
    return source;
  p->layout.context.bf16->pack_along(1, dy_floats(p), source, 0, scratch, 0, own->dy_lo);
  return scratch;
}

// One row of dx (width pixels of channel lanes).
static void compute_row(const image_plan *p, const float *packed, const float *dy, ptrdiff_t row, float *to) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t pixel = l->filter_lanes / l->vnni_factor; // elements of a pixel of dy
  const ptrdiff_t panel_floats = l->taps * l->dy_filters / l->vnni_factor * CK_LANES;
  const ck_tile_kernels *tiles = own->walk.tiles;
  ck_tile tile = {.length = l->dy_filters / l->vnni_factor,
                  .chunk = own->walk.chunk,
                  .a_row = pixel,
                  .a_k = 1,
                  .b_k = CK_LANES,
                  .b_panel = panel_floats,
                  .a_lo = own->dy_lo,
                  .b_lo = own->w_lo,
                  .c_row = c->stride_width * l->channel_lanes,
                  .last_columns = CK_LANES,
                  .alpha = 1.0f};
  const conv_step y = conv_step_of(row + c->pad_height, c->stride_height);
  for (ptrdiff_t first = 0; first < ck_min(c->stride_width, c->width); first++) {
    const conv_step x = conv_step_of(first + c->pad_width, c->stride_width);
    const tap_phase phase = phase_at(c, y.phase, x.phase);
    tile.segments = phase.count;
    tile.a_segment = own->dy_segment + phase.first;
    tile.b_segment = own->w_segment + phase.first;
    const float *from = dy + ((p->dy.top + y.step) * p->dy.width + p->dy.left + x.step) * pixel;
    const ptrdiff_t pixels = ck_ceil_div(c->width - first, c->stride_width), count = ck_ceil_div(pixels, tiles->rows);
    for (ptrdiff_t panel = 0; panel < l->channel_panels; panel += tiles->panels) {
      const ptrdiff_t panels = ck_min(tiles->panels, l->channel_panels - panel);
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range share = ck_share(pixels, count, t, 1);
        tiles->along_k[panels][share.count - 1](
            &tile, from + share.first * pixel, packed + own->pairs_at + panel * panel_floats,
            to + first * l->channel_lanes + share.first * tile.c_row + panel * CK_LANES);
      }
    }
  }
}

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, float *scratch,
                    float *to, image_prefetch *next) {
  (void)scratch;
  for (ptrdiff_t i = 0; i < rows.count; i++) {
    compute_row(p, packed, source, rows.first + i, to + i * p->width * p->lanes);
    image_prefetch_step(next);
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  (void)p;
  return rows;
}

const image_algorithm conv_input_direct = {.choice = {.name = CK_CONV_DIRECT},
                                           .plan = plan_direct,
                                           .pack_weights = pack_weights,
                                           .convert = convert,
                                           .compute = compute,
                                           .prefetch_steps = prefetch_steps};
