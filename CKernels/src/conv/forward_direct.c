// The forward pass as plain sums: filters in the lanes, up to 14 neighbouring pixels in a tile, and k runs over
// (kernel row; kernel column, channel).
#include "conv/image_algorithm.h"

typedef struct {
  ptrdiff_t row;                    // elements of a kernel row
  ptrdiff_t pixel;                  // elements of an input pixel as it is read
  ptrdiff_t segments, length;       // of a tile's k
  ptrdiff_t *x_segment, *w_segment; // where each segment starts
  ck_walk walk;                     // along the segments
  ptrdiff_t pairs_at;               // packed pairs start so many floats behind the panels of floats, which are read
                                    // themselves at full precision
  ptrdiff_t x_lo, w_lo;             // see dispatch/bf16_kernels.h
} direct_plan;

static void plan_direct(image_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ck_context *context = &l->context;
  direct_plan own = {.row = ck_ceil_div(c->kernel_width * l->x_channels, l->vnni_factor),
                     .pixel = l->overlaps ? 1 : l->x_channels / l->vnni_factor};
  // Where pixels overlap, a row's next element stands two on; where taps are dilated, each stands alone.
  own.length = l->overlaps ? 1 : c->dilation_width != 1 ? own.pixel : own.row;
  own.segments = c->kernel_height * own.row / own.length;
  own.walk = ck_walk_along(context, own.length);
  own.x_segment = ck_take(memory, (size_t)own.segments * sizeof *own.x_segment);
  own.w_segment = ck_take(memory, (size_t)own.segments * sizeof *own.w_segment);
  p->row_unit = conv_pools(c) ? 2 : 1;
  p->next_slice = l->taps * l->x_channels * l->filter_lanes;
  p->packed_floats = l->slices * p->next_slice;
  if (conv_packs(l)) {
    p->next_slice = c->kernel_height * own.row * l->filter_lanes;
    const ptrdiff_t pairs = l->slices * p->next_slice;
    own.pairs_at = p->packed_floats;
    own.w_lo = ck_lo_distance(context, pairs);
    p->packed_floats += ck_terms(context) * pairs;
    p->converted_floats = conv_padded_floats(l, p->past);
    own.x_lo = ck_lo_distance(context, p->converted_floats / 2);
  }
  if (memory->base) {
    const ptrdiff_t in_row = own.row / own.length, step = l->overlaps ? 2 : c->dilation_width * own.pixel;
    for (ptrdiff_t i = 0; i < own.segments; i++) {
      own.x_segment[i] = i / in_row * c->dilation_height * l->x_width * own.pixel + i % in_row * step;
      own.w_segment[i] = i * own.length * CK_LANES;
    }
  }
  p->own = ck_keep(memory, &own, sizeof own);
}

static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  conv_pack_panels(l->context.kernels, &p->order, l->x_channels, w, packed);
  ck_barrier();
  if (conv_packs(l)) {
    const ptrdiff_t kernel_rows = l->slices * l->filter_panels * l->conv.kernel_height;
    conv_pack_pairs(&l->context, kernel_rows, l->conv.kernel_width * l->x_channels, packed, packed + own->pairs_at,
                    own->w_lo);
    ck_barrier();
  }
}

// Whole rows of the padded input, with their border; of overlapping pixels also the element behind each row's last.
static const float *convert(const image_plan *p, const float *source, ck_range rows, float *scratch) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  if (!conv_packs(l))
    return source;
  const ck_bf16_kernels *bf16 = l->context.bf16;
  const ptrdiff_t count = rows.count * l->x_width * l->x_channels;
  const float *from = source + rows.first * l->x_width * l->x_channels;
  float *to = scratch + rows.first * l->x_width * own->pixel;
  if (l->overlaps)
    bf16->pack_across(2, count, from, 1, to, count, count, own->x_lo);
  else
    bf16->pack_along(1, count, from, 0, to, 0, own->x_lo);
  return scratch;
}

static void compute(const image_plan *p, const float *packed, const float *source, ck_range rows, ck_range panels,
                    float *scratch, float *to, image_prefetch *next) {
  (void)scratch;
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_tile_kernels *tiles = own->walk.tiles;
  const ptrdiff_t depth = l->conv.kernel_height * own->row, lanes = panels.count * CK_LANES;
  const ptrdiff_t end = panels.first + panels.count;
  const ptrdiff_t count = ck_ceil_div(l->out_width, tiles->rows);
  const ck_tile tile = {.segments = own->segments,
                        .length = own->length,
                        .chunk = own->walk.chunk,
                        .a_segment = own->x_segment,
                        .b_segment = own->w_segment,
                        .a_row = l->conv.stride_width * own->pixel,
                        .a_k = 1,
                        .b_k = CK_LANES,
                        .b_panel = depth * CK_LANES,
                        .a_lo = own->x_lo,
                        .b_lo = own->w_lo,
                        .c_row = lanes,
                        .last_columns = CK_LANES,
                        .alpha = 1.0f};
  const float *x = source + conv_cut_pixels(l) * own->pixel;
  for (ptrdiff_t panel = panels.first; panel < end; panel += tiles->panels) {
    const ptrdiff_t at_once = ck_min(tiles->panels, end - panel);
    const float *w = packed + own->pairs_at + panel * depth * CK_LANES;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
      const float *row = x + (rows.first + i) * l->conv.stride_height * l->x_width * own->pixel;
      float *y = to + i * l->out_width * lanes + (panel - panels.first) * CK_LANES;
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range pixels = ck_share(l->out_width, count, t, 1);
        tiles->along_k[at_once][pixels.count - 1](&tile, row + pixels.first * tile.a_row, w, y + pixels.first * lanes);
      }
      image_prefetch_step(next);
    }
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  const direct_plan *own = p->own;
  return rows * ck_ceil_div(p->layout.filter_panels, own->walk.tiles->panels);
}

const image_algorithm conv_forward_direct = {.choice = {CK_CONV_DIRECT, conv_is_one_group, NULL},
                                             .plan = plan_direct,
                                             .pack_weights = pack_weights,
                                             .convert = convert,
                                             .compute = compute,
                                             .prefetch_steps = prefetch_steps};
