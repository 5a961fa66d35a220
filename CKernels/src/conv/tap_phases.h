// The taps of the input's gradient. A pixel whose padded coordinates are (y, x) modulo the stride, its phase, is seen
// through those taps alone that lie at that distance from a window's corner: each phase is a small convolution of
// stride 1.
#ifndef CK_CONV_TAP_PHASES_H
#define CK_CONV_TAP_PHASES_H

#include "conv/layout.h"

typedef struct {
  ptrdiff_t first, count; // in the tables
} tap_phase;

typedef struct {
  tap_phase *phase;     // [phase_y][phase_x]
  ptrdiff_t *dy_offset; // phase by phase, where each tap finds the output gradient, in pixels
  ptrdiff_t *tap;       // and which tap of the kernel it is
} tap_phases;

tap_phases conv_tap_phases(const ck_conv2d *conv, gradient_layout dy, ck_workspace *memory);

#endif
