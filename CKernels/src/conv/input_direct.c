// The input's gradient as plain sums: channels in the lanes, up to 14 neighbouring pixels in a tile, and k runs over
// (tap; filter). With a stride it falls into stride^2 phases, each a small convolution of stride 1 over every
// stride-th tap, or with dilation over those taps that reach the phase's pixels.
#include "conv/image_algorithm.h"
#include "conv/tap_phases.h"

typedef struct {
  tap_phases phases;     // whose tables, in elements, say where each tap's segments start
  ck_walk walk;          // along a tap's filters
  ptrdiff_t pairs_at;    // packed pairs start so many floats behind the panels of floats
  ptrdiff_t dy_lo, w_lo; // see dispatch/bf16_kernels.h
} direct_plan;

static ptrdiff_t dy_floats(const image_plan *p) { return p->dy.height * p->dy.width * p->layout.filter_lanes; }

static void plan_direct(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_context *context = &l->context;
  direct_plan own = {.walk = ck_walk_along(context, l->dy_filters / l->vnni_factor)};
  own.phases = conv_tap_phases(&l->conv, p->dy, memory);
  p->row_unit = 1;
  p->next_slice = l->taps * l->dy_filters * l->channel_lanes;
  p->packed_floats = l->slices * p->next_slice;
  if (conv_packs(l)) {
    p->next_slice /= 2;
    const ptrdiff_t pairs = l->slices * p->next_slice, dy_pairs = ck_round_up(dy_floats(p) / 2, CK_LANES);
    own.pairs_at = p->packed_floats;
    own.w_lo = ck_lo_distance(context, pairs);
    own.dy_lo = ck_lo_distance(context, dy_pairs);
    p->packed_floats += ck_terms(context) * pairs;
    p->converted_floats = ck_terms(context) * dy_pairs;
  }
  for (ptrdiff_t i = 0; memory->base && i < l->taps; i++) {
    own.phases.dy_offset[i] *= l->filter_lanes / l->vnni_factor;
    own.phases.tap[i] *= l->dy_filters / l->vnni_factor * CK_LANES;
  }
  p->own = ck_keep(memory, &own, sizeof own);
}

static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  conv_pack_panels(l->context.kernels, &p->order, l->dy_filters, w, packed);
  ck_barrier();
  if (conv_packs(l)) {
    conv_pack_pairs(&l->context, l->slices * l->channel_panels * l->taps, l->dy_filters, packed, packed + own->pairs_at,
                    own->w_lo);
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

// One row of dx (`width` pixels of channel lanes).
static void compute_row(const image_plan *p, const float *packed, const float *dy, ptrdiff_t row, ptrdiff_t width,
                        float *to) {
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
  for (ptrdiff_t first = 0; first < ck_min(c->stride_width, width); first++) {
    const conv_step x = conv_step_of(first + c->pad_width, c->stride_width);
    const tap_phase phase = own->phases.phase[y.phase * c->stride_width + x.phase];
    tile.segments = phase.count;
    tile.a_segment = own->phases.dy_offset + phase.first;
    tile.b_segment = own->phases.tap + phase.first;
    const float *from = dy + ((p->dy.top + y.step) * p->dy.width + p->dy.left + x.step) * pixel;
    const ptrdiff_t pixels = ck_ceil_div(width - first, c->stride_width), count = ck_ceil_div(pixels, tiles->rows);
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

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, ck_range panels,
                    float *scratch, float *to, image_prefetch *next) {
  (void)panels; // all of them
  (void)scratch;
  // Where a window is one pixel, rows lie one behind the other in both, and are as good as one.
  const ck_conv2d *c = &p->layout.conv;
  const bool joins = p->layout.taps == 1 && c->stride_height == 1 && c->stride_width == 1 && p->dy.width == p->width;
  const ptrdiff_t at_once = joins ? rows.count : 1;
  for (ptrdiff_t i = 0; i < rows.count; i += at_once) {
    compute_row(p, packed, source, rows.first + i, at_once * p->width, to + i * p->width * p->lanes);
    for (ptrdiff_t r = 0; r < at_once; r++)
      image_prefetch_step(next);
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  (void)p;
  return rows;
}

const image_algorithm conv_input_direct = {.choice = {CK_CONV_DIRECT, conv_is_one_group, NULL},
                                           .plan = plan_direct,
                                           .pack_weights = pack_weights,
                                           .convert = convert,
                                           .compute = compute,
                                           .prefetch_steps = prefetch_steps};
