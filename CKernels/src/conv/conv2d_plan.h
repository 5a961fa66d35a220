// How one convolution is laid out in scratch memory, and the tables its tiles walk by.
//
// No im2col: each thread copies one image at a time into scratch, padded with zeros and with channels interleaved
// (height, width, channels). There every row of the kernel window is one contiguous stretch of width * channels
// numbers, so the three passes are tile products (gemm/tile.h) whose stretches are found through offset tables:
//
//   forward   y(pixel, filter)    = sum over (ky; kx, channel) of  x(pixel, tap) * w(tap, filter)
//   weights   dw(tap, filter)     = sum over output pixels of      x(pixel, tap) * dy(pixel, filter)
//   input     dx(pixel, channel)  = sum over (tap; filter) of      dy(pixel - tap, filter) * w(tap, filter, channel)
//
// With a stride, the input's gradient falls into stride^2 phases, each a small convolution of stride 1 that uses
// every stride-th tap.
//
// Below full precision each pass has its factors rounded and paired along its own k (gemm/pairs.h): channels in the
// forward pass, neighbouring output pixels for the weights, filters for the input. A single channel has no neighbour;
// its pixels are paired with those to their right, and taps go two by two.
#ifndef CK_CONV_CONV2D_PLAN_H
#define CK_CONV_CONV2D_PLAN_H

#include "ck_conv.h"
#include "conv/winograd.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/bf16x2_range.h"
#include "dispatch/kernel_set.h"
#include "dispatch/precision.h"
#include <string.h>

enum {
  CONV_LANES = 16,
  CONV_L1_FLOATS = 4096, // what a chunk of output rows may fill: 16 KB, half of the smallest first-level cache
  CONV_PARTS = 16,       // the batch is cut into this many parts, each with a weight gradient of its own
};

typedef struct {
  ck_conv2d conv;
  ck_context context; // what the pass is computed with, which may be full precision although less would do
  ptrdiff_t out_height, out_width;
  ptrdiff_t filter_strips, channel_strips;        // of 16
  ptrdiff_t filter_lanes, channel_lanes;          // rounded up to 16
  ptrdiff_t per_cell;                             // 1, or 2 below full precision
  ptrdiff_t x_channels, dy_filters;               // rounded up to whole cells, but a single channel stays alone
  bool overlaps;                                  // a single channel's pixels lie in two cells each
  ptrdiff_t x_height, x_width;                    // of the input with its border of zeros, if any
  ptrdiff_t dy_top, dy_left, dy_height, dy_width; // of the padded output gradient
  bool winograd_forward, winograd_input;          // whether the passes take fewer products (conv/winograd.h)
} conv2d_plan;

static inline ptrdiff_t conv2d_halo(ptrdiff_t kernel, ptrdiff_t pad, ptrdiff_t stride) {
  return kernel - 1 > pad ? ck_ceil_div(kernel - 1 - pad, stride) : 0;
}

// Where a padded coordinate, below zero where pixels are cut off, lies among the windows' steps.
typedef struct {
  ptrdiff_t step, phase; // coordinate = step * stride + phase, 0 <= phase < stride
} conv2d_step;

static inline conv2d_step conv2d_step_of(ptrdiff_t coordinate, ptrdiff_t stride) {
  const ptrdiff_t phase = (coordinate % stride + stride) % stride;
  return (conv2d_step){(coordinate - phase) / stride, phase};
}

// `with_dx`: the output gradient gets the border that the input's gradient reads.
static inline conv2d_plan conv2d_plan_make(const ck_context *context, const ck_conv2d *c, bool with_dx) {
  conv2d_plan p = {.conv = *c,
                   .context = *context,
                   .out_height = ck_conv2d_out_height(c),
                   .out_width = ck_conv2d_out_width(c),
                   .filter_strips = ck_ceil_div(c->filters, CONV_LANES),
                   .channel_strips = ck_ceil_div(c->channels, CONV_LANES),
                   .per_cell = ck_per_cell(context),
                   .x_height = c->height + 2 * ck_max(c->pad_height, 0),
                   .x_width = c->width + 2 * ck_max(c->pad_width, 0)};
  p.filter_lanes = p.filter_strips * CONV_LANES;
  p.channel_lanes = p.channel_strips * CONV_LANES;
  p.overlaps = c->channels == 1 && p.per_cell == 2;
  p.x_channels = p.overlaps ? 1 : ck_round_up(c->channels, p.per_cell);
  p.dy_filters = ck_round_up(c->filters, p.per_cell);
  p.dy_height = p.out_height;
  p.dy_width = p.out_width;
  if (with_dx) {
    p.dy_top = conv2d_halo(c->kernel_height, c->pad_height, c->stride_height);
    p.dy_left = conv2d_halo(c->kernel_width, c->pad_width, c->stride_width);
    const ptrdiff_t last_row = conv2d_step_of(c->height - 1 + c->pad_height, c->stride_height).step;
    const ptrdiff_t last_column = conv2d_step_of(c->width - 1 + c->pad_width, c->stride_width).step;
    p.dy_height = p.dy_top + ck_max(p.out_height, last_row + 1);
    p.dy_width = p.dy_left + ck_max(p.out_width, last_column + 1);
  }
  if (c->kernel_height == 3 && c->kernel_width == 3 && c->stride_height == 1 && c->stride_width == 1) {
    p.winograd_forward = ck_winograd_pays(context, c->channels, c->filters, p.out_height, p.out_width);
    p.winograd_input = with_dx && ck_winograd_pays(context, c->filters, c->channels, c->height, c->width);
  }
  return p;
}

static inline bool conv2d_pools(const conv2d_plan *p) { return p->conv.tail == CK_CONV_RELU_MAX_POOL; }
static inline ptrdiff_t conv2d_taps(const conv2d_plan *p) { return p->conv.kernel_height * p->conv.kernel_width; }
static inline bool conv2d_pairs(const conv2d_plan *p) { return p->per_cell == 2; }
static inline ptrdiff_t conv2d_x_floats(const conv2d_plan *p) { return p->x_height * p->x_width * p->x_channels; }
// Winograd's last windows may reach a row and a pixel further.
static inline ptrdiff_t conv2d_dy_floats(const conv2d_plan *p) {
  const ptrdiff_t past = p->winograd_input ? p->dy_width + 1 : 0;
  return (p->dy_height * p->dy_width + past) * p->filter_lanes;
}
// From one output pixel to the next in the padded, interleaved input.
static inline ptrdiff_t conv2d_x_step(const conv2d_plan *p) { return p->conv.stride_width * p->x_channels; }

// Pixels before the first that a window sees, where padding below zero cuts some off.
static inline ptrdiff_t conv2d_cut_pixels(const conv2d_plan *p) {
  return ck_max(-p->conv.pad_height, 0) * p->x_width + ck_max(-p->conv.pad_width, 0);
}

// This thread's share of packed weights into cells, k in the rows: a whole number of cells for each stretch, so that
// all stretches are one column.
static inline void conv2d_pair_weights(const ck_context *context, ptrdiff_t rows, const float *weights, float *cells,
                                       ptrdiff_t low) {
  const ck_range mine = ck_my_part(rows, 2);
  context->pairs->across(mine.count, CONV_LANES, weights + mine.first * CONV_LANES, CONV_LANES,
                         cells + mine.first / 2 * CONV_LANES, CONV_LANES, CONV_LANES, low);
}

// One channel without zeros around it is interleaved and padded as it stands.
static inline bool conv2d_reads_x_directly(const conv2d_plan *p) {
  return p->conv.channels == 1 && p->conv.pad_height <= 0 && p->conv.pad_width <= 0 && !conv2d_pairs(p) &&
         !p->winograd_forward; // which reads further
}
// A thread's copy of it, whose halves are whole cache lines; pixels are paired with those one step on, for the last
// ones too, and lanes may be read past a window's last. Winograd's last windows may reach a row and a pixel further.
static inline ptrdiff_t conv2d_x_scratch_floats(const conv2d_plan *p) {
  const ptrdiff_t past =
      ck_max(conv2d_x_step(p), CONV_LANES) + (p->winograd_forward ? (p->x_width + 1) * p->x_channels : 0);
  return conv2d_reads_x_directly(p) ? 0 : ck_round_up(conv2d_x_floats(p) + past, 2 * CONV_LANES);
}

// Rows of `width` pixels with `lanes` floats each that are computed before they are written out: as many as fit the
// first-level cache, a multiple of `unit`, and whole blocks of 16 pixels, in which they are transposed.
static inline ptrdiff_t conv2d_chunk_rows(ptrdiff_t width, ptrdiff_t lanes, ptrdiff_t rows, ptrdiff_t unit) {
  while (unit < CONV_LANES && unit * width % CONV_LANES != 0)
    unit *= 2;
  const ptrdiff_t fitting = CONV_L1_FLOATS / (unit * width * lanes);
  return ck_min(rows, unit * ck_max(fitting, 1));
}

// Whether two parts of `cells` cells in each stretch fill tiles; what does not is quicker at full precision.
static inline bool conv2d_fills_tiles(const ck_context *context, ptrdiff_t cells) {
  return ck_walk_along(context, cells).tiles == ck_tiles(context);
}
// Whether high precision has the range for these numbers.
static inline bool conv2d_reaches_far(const float *numbers, ptrdiff_t count) {
  return ck_reaches_far(1, count, numbers, 0);
}
static inline ptrdiff_t conv2d_x_count(const ck_conv2d *c) { return c->batch * c->channels * c->height * c->width; }
static inline ptrdiff_t conv2d_w_count(const ck_conv2d *c) {
  return c->filters * c->channels * c->kernel_height * c->kernel_width;
}

size_t conv2d_forward_bytes(const ck_context *context, const ck_conv2d *conv);

// Copies rows of `from` (channels planes of height x width) to `to` (rows of row_pixels x lanes), channels
// interleaved, lanes beyond the channels zero; zero also where `mask`, laid out like `from`, is not above zero.
static inline void conv2d_interleave(const ck_kernel_set *kernels, const float *from, ptrdiff_t channels,
                                     ptrdiff_t height, ptrdiff_t width, ck_range rows, const float *mask, float *to,
                                     ptrdiff_t row_pixels, ptrdiff_t lanes) {
  if (channels == 1 && lanes == 1 && !mask) { // nothing to interleave
    for (ptrdiff_t y = 0; y < rows.count; y++)
      memcpy(to + y * row_pixels, from + (rows.first + y) * width, (size_t)width * sizeof(float));
    return;
  }
  const ptrdiff_t start = rows.first * width;
  const ck_transpose_change change = {
      .mask = mask ? mask + start : NULL, .run = width, .gap = (row_pixels - width) * lanes};
  kernels->transpose(channels, rows.count * width, from + start, height * width, &change, to, lanes, lanes);
}

// The padded, interleaved image: rows `rows` of it are brought in; its border is zero already.
static inline const float *conv2d_load_x(const ck_kernel_set *kernels, const conv2d_plan *p, const float *image,
                                         ck_range rows, float *scratch) {
  const ck_conv2d *c = &p->conv;
  if (conv2d_reads_x_directly(p))
    return image;
  const ptrdiff_t top = ck_max(c->pad_height, 0), left = ck_max(c->pad_width, 0);
  float *inside = scratch + ((rows.first + top) * p->x_width + left) * p->x_channels;
  conv2d_interleave(kernels, image, c->channels, c->height, c->width, rows, NULL, inside, p->x_width, p->x_channels);
  return scratch;
}

// Adds `count` copies of n floats, `step` apart, into the first, as a balanced tree; only the range given.
static inline void conv2d_add_parts(const ck_kernel_set *kernels, float *parts, ptrdiff_t count, ptrdiff_t step,
                                    ck_range range) {
  for (ptrdiff_t reach = 1; reach < count; reach *= 2)
    for (ptrdiff_t i = 0; i + reach < count; i += 2 * reach)
      kernels->add(range.count, parts + i * step + range.first, parts + (i + reach) * step + range.first);
}

#endif
