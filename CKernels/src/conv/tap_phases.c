// Taps sorted by the pixels that they reach.
#include "conv/tap_phases.h"

static void fill(const ck_conv2d *c, gradient_layout dy, const tap_phases *phases) {
  ptrdiff_t i = 0;
  for (ptrdiff_t py = 0; py < c->stride_height; py++) {
    for (ptrdiff_t px = 0; px < c->stride_width; px++) {
      tap_phase *phase = &phases->phase[py * c->stride_width + px];
      phase->first = i;
      for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
        for (ptrdiff_t kx = 0; kx < c->kernel_width; kx++) {
          const ptrdiff_t y = ky * c->dilation_height, x = kx * c->dilation_width;
          if (y % c->stride_height != py || x % c->stride_width != px)
            continue;
          phases->dy_offset[i] = -(y / c->stride_height * dy.width + x / c->stride_width);
          phases->tap[i++] = ky * c->kernel_width + kx;
        }
      }
      phase->count = i - phase->first;
    }
  }
}

tap_phases conv_tap_phases(const ck_conv2d *c, gradient_layout dy, ck_workspace *memory) {
  const size_t taps = (size_t)(c->kernel_height * c->kernel_width);
  tap_phases phases;
  phases.phase = ck_take(memory, (size_t)(c->stride_height * c->stride_width) * sizeof *phases.phase);
  phases.dy_offset = ck_take(memory, taps * sizeof *phases.dy_offset);
  phases.tap = ck_take(memory, taps * sizeof *phases.tap);
  if (memory->base)
    fill(c, dy, &phases);
  return phases;
}
