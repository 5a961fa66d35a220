// Sizes and copies of one convolution's images in scratch memory.
#include "conv/layout.h"
#include <string.h>

// Of a depthwise convolution. Other slices than all channels together would leave lanes empty where these are odd.
static ptrdiff_t depthwise_slices(const ck_conv2d *c) {
  if (c->channels % CK_LANES != 0)
    return 1;
  const ptrdiff_t panels = c->channels / CK_LANES;
  const ptrdiff_t plane = ck_max(c->height * c->width, ck_conv2d_out_height(c) * ck_conv2d_out_width(c));
  return panels / ck_even_chunk(panels, ck_max(1, CONV_L1_FLOATS / 2 / (plane * CK_LANES)));
}

conv_slices conv_slices_of(const ck_conv2d *whole) {
  conv_slices slices = {*whole, ck_conv2d_is_depthwise(whole) ? depthwise_slices(whole) : whole->groups};
  slices.conv.channels /= slices.count;
  slices.conv.filters /= slices.count;
  slices.conv.groups /= slices.count;
  return slices;
}

conv_layout conv_layout_make(const ck_context *context, const conv_slices *slices) {
  const ck_conv2d *c = &slices->conv;
  conv_layout l = {.conv = *c,
                   .slices = slices->count,
                   .context = *context,
                   .taps = c->kernel_height * c->kernel_width,
                   .out_height = ck_conv2d_out_height(c),
                   .out_width = ck_conv2d_out_width(c),
                   .filter_panels = ck_ceil_div(c->filters, CK_LANES),
                   .channel_panels = ck_ceil_div(c->channels, CK_LANES),
                   .vnni_factor = ck_vnni_factor(context),
                   .x_height = c->height + 2 * ck_max(c->pad_height, 0),
                   .x_width = c->width + 2 * ck_max(c->pad_width, 0)};
  l.filter_lanes = l.filter_panels * CK_LANES;
  l.channel_lanes = l.channel_panels * CK_LANES;
  l.overlaps = c->channels == 1 && c->dilation_width == 1 && l.vnni_factor == 2;
  l.x_channels = l.overlaps ? 1 : ck_round_up(c->channels, l.vnni_factor);
  l.dy_filters = ck_round_up(c->filters, l.vnni_factor);
  return l;
}

// Steps by which the first window that sees a pixel comes before the image's first.
static ptrdiff_t steps_before(ptrdiff_t window, ptrdiff_t pad, ptrdiff_t stride) {
  return window - 1 > pad ? ck_ceil_div(window - 1 - pad, stride) : 0;
}

conv_step conv_step_of(ptrdiff_t coordinate, ptrdiff_t stride) {
  const ptrdiff_t phase = (coordinate % stride + stride) % stride;
  return (conv_step){(coordinate - phase) / stride, phase};
}

gradient_layout gradient_layout_make(const ck_conv2d *c, bool bordered) {
  const ptrdiff_t height = ck_conv2d_out_height(c), width = ck_conv2d_out_width(c);
  if (!bordered)
    return (gradient_layout){0, 0, height, width};
  const ptrdiff_t top = steps_before(ck_conv2d_window_height(c), c->pad_height, c->stride_height);
  const ptrdiff_t left = steps_before(ck_conv2d_window_width(c), c->pad_width, c->stride_width);
  const ptrdiff_t last_row = conv_step_of(c->height - 1 + c->pad_height, c->stride_height).step;
  const ptrdiff_t last_column = conv_step_of(c->width - 1 + c->pad_width, c->stride_width).step;
  return (gradient_layout){top, left, top + ck_max(height, last_row + 1), left + ck_max(width, last_column + 1)};
}

// One channel without zeros around it is interleaved and padded as it stands.
static bool is_padded_as_it_is(const conv_layout *l) {
  return l->conv.channels == 1 && l->conv.pad_height <= 0 && l->conv.pad_width <= 0 && !conv_packs(l);
}

// Its halves are whole cache lines; pixels are packed with those one step on, for the last ones too, and lanes may be
// read past a window's last.
ptrdiff_t conv_padded_floats(const conv_layout *l, ptrdiff_t past) {
  if (past == 0 && is_padded_as_it_is(l))
    return 0;
  const ptrdiff_t pixels = l->x_height * l->x_width * l->x_channels;
  return ck_round_up(pixels + ck_max(conv_x_step(l), CK_LANES) + past, 2 * CK_LANES);
}

const float *conv_load_x(const conv_layout *l, ptrdiff_t padded_floats, const float *image, ck_range rows,
                         float *scratch) {
  const ck_conv2d *c = &l->conv;
  if (padded_floats == 0)
    return image;
  const ptrdiff_t top = ck_max(c->pad_height, 0), left = ck_max(c->pad_width, 0);
  float *inside = scratch + ((rows.first + top) * l->x_width + left) * l->x_channels;
  conv_interleave(l->context.kernels, image, c->channels, c->height, c->width, rows, NULL, inside, l->x_width,
                  l->x_channels);
  return scratch;
}

void conv_interleave(const ck_kernel_set *kernels, const float *from, ptrdiff_t channels, ptrdiff_t height,
                     ptrdiff_t width, ck_range rows, const float *mask, float *to, ptrdiff_t row_pixels,
                     ptrdiff_t lanes) {
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

ptrdiff_t conv_chunk_rows(ptrdiff_t width, ptrdiff_t lanes, ptrdiff_t rows, ptrdiff_t unit) {
  while (unit < CK_LANES && unit * width % CK_LANES != 0)
    unit *= 2;
  const ptrdiff_t fitting = CONV_L1_FLOATS / (unit * width * lanes);
  return ck_min(rows, unit * ck_max(fitting, 1));
}
