// The weights' gradient where many output pixels have none: before a ReLU those that it held back, before pooling three
// of four besides. Filter by filter the others are listed, and the windows they see are added up, channels in the
// lanes. Before pooling that takes less time than all pixels do with AVX512_BF16, even at full precision. The pixels
// keep their order and what is left out is zero, so that the bits are those of conv2d_weight_gradient.c.
#include "conv/conv2d_backward.h"

bool conv2d_weights_listed(const ck_context *context, const ck_conv2d *conv) {
  // Fewer channels leave most lanes empty, of a row of three taps; where half of the pixels are listed, smaller windows
  // save less than listing takes.
  enum { FROM_CHANNELS = 8, FROM_WINDOW = 128 };
  const ptrdiff_t high = conv->height + 2 * ck_max(conv->pad_height, 0);
  const ptrdiff_t wide = conv->width + 2 * ck_max(conv->pad_width, 0);
  if (conv->channels < FROM_CHANNELS || high * wide * conv->channels > INT32_MAX) // lists hold places in 32 bits
    return false;
  if (conv->tail == CK_CONV_RELU_MAX_POOL)
    return ck_saves_products(context);
  const ptrdiff_t window = conv->channels * conv->kernel_height * conv->kernel_width;
  return conv->tail == CK_CONV_RELU && !context->pairs && window >= FROM_WINDOW;
}

// In a block of rows, and what a list's last sixteen may be too many.
ptrdiff_t conv2d_list_capacity(const conv2d_plan *p, const backward_scratch *s) {
  return ck_min(s->block_rows, p->out_height) * p->out_width + CONV_LANES;
}
ptrdiff_t conv2d_listed_turns(const conv2d_plan *p, const backward_scratch *s) {
  return ck_ceil_div(p->out_height, s->block_rows) * p->conv.filters;
}

void conv2d_weight_listed_table(const conv2d_plan *p, const backward_scratch *s) {
  for (ptrdiff_t y = 0; y < p->out_height; y++)
    for (ptrdiff_t x = 0; x < p->out_width; x++)
      s->window_start[y * p->out_width + x] =
          (int32_t)(y * p->conv.stride_height * p->x_width * p->x_channels + x * conv2d_x_step(p));
}

void conv2d_add_weight_gradient_listed(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                       const float *dy, float *dw, next_image *next) {
  const ck_conv2d *c = &p->conv;
  const ck_kernel_set *kernels = p->context.kernels;
  const ptrdiff_t lanes = p->filter_lanes, capacity = s->list_capacity, filter = conv2d_taps(p) * c->channels;
  const ptrdiff_t lists = thread * CONV_LANES;
  ptrdiff_t *count = s->lists.count + lists;
  int32_t *window = s->lists.window + lists * capacity;
  float *gradient = s->lists.gradient + lists * capacity;
  x += conv2d_cut_pixels(p) * p->x_channels;
  for (ptrdiff_t row = 0; row < p->out_height; row += s->block_rows) {
    const ptrdiff_t rows = ck_min(s->block_rows, p->out_height - row);
    for (ptrdiff_t first = 0; first < c->filters; first += CONV_LANES) {
      kernels->list_pixels(rows, p->out_width, dy + row * p->dy_width * lanes + first, p->dy_width * lanes, lanes,
                           s->window_start + row * p->out_width, capacity, count, window, gradient);
      for (ptrdiff_t f = 0; f < ck_min(CONV_LANES, c->filters - first); f++) {
        kernels->sum_windows(count[f], window + f * capacity, gradient + f * capacity, x, p->x_width * p->x_channels,
                             c->kernel_height, c->kernel_width * c->channels, dw + (first + f) * filter);
        next_image_turn(next);
      }
    }
  }
}

void conv2d_unpack_listed_weight_gradient(const conv2d_plan *p, const float *summed, ck_range filters, float *dw) {
  const ptrdiff_t taps = conv2d_taps(p), channels = p->conv.channels;
  for (ptrdiff_t f = filters.first; f < filters.first + filters.count; f++)
    p->context.kernels->transpose(taps, channels, summed + f * taps * channels, channels, NULL,
                                  dw + f * taps * channels, taps, taps);
}
