// Pairs of pixels and the taps between them.
#include "conv/matrix.h"
#include "dispatch/precision.h"
#include <stdint.h>

// Of large planes the product would overflow: they have too many for anything.
static ptrdiff_t pairs(const ck_conv2d *c) {
  enum { MOST_PIXELS = 1 << 20 };
  const ptrdiff_t inputs = c->height * c->width, outputs = ck_conv2d_out_height(c) * ck_conv2d_out_width(c);
  return inputs <= MOST_PIXELS && outputs <= MOST_PIXELS ? inputs * outputs : PTRDIFF_MAX;
}

bool conv_matrix_supports(const ck_context *context, const ck_conv2d *c) {
  enum { MOST_PAIRS = 1024 }; // the matrix has so many times as many numbers as a single tap
  return !context->bf16 && c->groups == 1 && c->kernel_height * c->kernel_width <= CONV_MATRIX_MOST_TAPS &&
         pairs(c) <= MOST_PAIRS;
}

// The matrix is written once and read once, by a single image too, where the weights are read as often.
bool conv_matrix_pays(const ck_context *context, const ck_conv2d *c) {
  (void)context;
  return pairs(c) <= 2 * c->kernel_height * c->kernel_width;
}

// The tap along one side by which an output sees an input; -1: it does not.
static ptrdiff_t tap_between(ptrdiff_t input, ptrdiff_t output, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t pad,
                             ptrdiff_t dilation) {
  const ptrdiff_t distance = input + pad - output * stride;
  return distance >= 0 && distance % dilation == 0 && distance / dilation < kernel ? distance / dilation : -1;
}

ptrdiff_t conv_tap_between(const ck_conv2d *c, ptrdiff_t input, ptrdiff_t output) {
  const ptrdiff_t width = ck_conv2d_out_width(c);
  const ptrdiff_t y = tap_between(input / c->width, output / width, c->kernel_height, c->stride_height, c->pad_height,
                                  c->dilation_height);
  const ptrdiff_t x =
      tap_between(input % c->width, output % width, c->kernel_width, c->stride_width, c->pad_width, c->dilation_width);
  return y < 0 || x < 0 ? -1 : y * c->kernel_width + x;
}

pixel_taps conv_pixel_taps(const ck_conv2d *c, ck_workspace *memory) {
  pixel_taps taps = {c->height * c->width, ck_conv2d_out_height(c) * ck_conv2d_out_width(c), NULL};
  taps.tap = ck_take(memory, (size_t)(taps.inputs * taps.outputs) * sizeof *taps.tap);
  for (ptrdiff_t i = 0; memory->base && i < taps.inputs * taps.outputs; i++)
    taps.tap[i] = conv_tap_between(c, i / taps.outputs, i % taps.outputs);
  return taps;
}
