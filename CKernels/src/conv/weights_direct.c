// The weights' gradient as plain sums: filters in the lanes, up to 14 neighbouring taps in a tile, and k runs over
// output pixels. Dilated taps are no neighbours; then those of one pixel's channels are.
#include "conv/weights_algorithm.h"

typedef struct {
  ptrdiff_t *x_segment, *dy_segment;     // where each output row starts, in elements
  ptrdiff_t row;                         // elements of an output row
  ptrdiff_t block_rows;                  // output rows that are summed at a time
  ptrdiff_t x_floats, x_pairs, dy_pairs; // in scratch: of the padded image; where packed pairs start
} direct_plan;

static void plan_direct(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  direct_plan own = {.row = ck_ceil_div(l->out_width, l->vnni_factor), .block_rows = conv_block_rows(l)};
  own.x_segment = ck_take(memory, (size_t)l->out_height * sizeof *own.x_segment);
  own.dy_segment = ck_take(memory, (size_t)l->out_height * sizeof *own.dy_segment);
  own.x_floats = conv_padded_floats(l, 0);
  p->dw_floats = l->taps * l->x_channels * l->filter_lanes;
  p->zeroed_floats = own.x_floats;
  ptrdiff_t end = own.x_floats;
  if (conv_packs(l)) {
    own.x_pairs = ck_place(&end, own.x_floats);
    own.dy_pairs = ck_place(&end, l->out_height * own.row * l->filter_lanes);
  }
  p->scratch_floats = end;
  if (memory->base) {
    const ptrdiff_t dy_row = conv_packs(l) ? own.row * l->filter_lanes : conv_dy_row(p); // pairs have no border
    for (ptrdiff_t y = 0; y < l->out_height; y++) {
      own.x_segment[y] = y * l->conv.stride_height * l->x_width * l->x_channels;
      own.dy_segment[y] = y * dy_row;
    }
  }
  p->own = ck_keep(memory, &own, sizeof own);
}

// Each pixel of x beside the one that meets the next output pixel; output pixels two by two, with a zero after an odd
// last one.
static void pack_pixels(const weights_plan *p, const float *x, const float *dy, float *x_pairs, float *dy_pairs) {
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_bf16_kernels *bf16 = l->context.bf16;
  const ptrdiff_t lanes = l->filter_lanes, count = l->x_height * l->x_width * l->x_channels;
  bf16->pack_across(2, count, x, conv_x_step(l), x_pairs, count, count, 0);
  for (ptrdiff_t y = 0; y < l->out_height; y++)
    bf16->pack_across(l->out_width, lanes, dy + y * conv_dy_row(p), lanes, dy_pairs + y * own->row * lanes, lanes,
                      lanes, 0);
}

static void accumulate(const weights_plan *p, float *scratch, const float *image, const output_gradient *gradient,
                       image_place place, float *dw, image_prefetch *next) {
  (void)place;
  const direct_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  const ck_tile_kernels *tiles = ck_any_length_tiles(&l->context);
  const bool apart = c->dilation_width != 1;
  const ptrdiff_t runs = apart ? c->kernel_width : 1, run = c->kernel_width / runs * l->x_channels;
  const ptrdiff_t count = ck_ceil_div(run, tiles->rows);
  const float *x = conv_load_x(l, own->x_floats, image, (ck_range){0, c->height}, scratch), *dy = gradient->pixels;
  if (conv_packs(l)) {
    float *x_pairs = scratch + own->x_pairs, *dy_pairs = scratch + own->dy_pairs;
    pack_pixels(p, x, dy, x_pairs, dy_pairs);
    x = x_pairs;
    dy = dy_pairs;
  }
  x += conv_cut_pixels(l) * l->x_channels;
  ck_tile tile = {.length = own->row,
                  .a_row = 1,
                  .a_k = conv_x_step(l) * l->vnni_factor,
                  .b_k = l->filter_lanes,
                  .b_panel = CK_LANES,
                  .c_row = l->filter_lanes,
                  .last_columns = CK_LANES,
                  .alpha = 1.0f,
                  .beta = 1.0f};
  for (ptrdiff_t row = 0; row < l->out_height; row += own->block_rows) {
    tile.segments = ck_min(own->block_rows, l->out_height - row);
    tile.a_segment = own->x_segment + row;
    tile.b_segment = own->dy_segment + row;
    for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
      image_prefetch_step(next);
      for (ptrdiff_t t = 0; t < runs * count; t++) {
        const ptrdiff_t kx = t / count;
        const ck_range share = ck_share(run, count, t % count, 1);
        const float *taps =
            x + (ky * c->dilation_height * l->x_width + kx * c->dilation_width) * l->x_channels + share.first;
        float *to = dw + ((ky * runs + kx) * run + share.first) * l->filter_lanes;
        for (ptrdiff_t panel = 0; panel < l->filter_panels; panel += tiles->panels) {
          const ptrdiff_t panels = ck_min(tiles->panels, l->filter_panels - panel);
          tiles->along_rows[panels][share.count - 1](&tile, taps, dy + panel * CK_LANES, to + panel * CK_LANES);
        }
      }
    }
  }
}

static ptrdiff_t prefetch_steps(const weights_plan *p) {
  const direct_plan *own = p->own;
  return ck_ceil_div(p->layout.out_height, own->block_rows) * p->layout.conv.kernel_height;
}

void conv_unpack_filters_last(const weights_plan *p, const float *sum, float *dw) {
  const conv_layout *l = &p->layout;
  const ptrdiff_t taps = l->taps, channels = l->conv.channels, filter = taps * channels;
  const ptrdiff_t in_slice = taps * l->x_channels * l->filter_lanes;
  const ck_range mine = ck_my_share(l->slices * channels, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t slice = i / channels, c = i % channels;
    l->context.kernels->transpose(taps, l->conv.filters, sum + slice * in_slice + c * l->filter_lanes,
                                  l->x_channels * l->filter_lanes, NULL,
                                  dw + slice * l->conv.filters * filter + c * taps, filter, taps);
  }
}

const weights_algorithm conv_weights_direct = {.choice = {CK_CONV_DIRECT, conv_is_one_group, NULL},
                                               .plan = plan_direct,
                                               .accumulate = accumulate,
                                               .prefetch_steps = prefetch_steps,
                                               .unpack = conv_unpack_filters_last};
