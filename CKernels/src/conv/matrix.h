// A convolution of images that are hardly larger than its window, or smaller, as an affine layer: every output pixel
// sees nearly every pixel of its image, so that a whole batch is one product of matrices, with images in the rows.
//
//   forward   y(image; pixel, filter)   =  x(image; channel, pixel) * W
//   input     dx(image; pixel, channel) =  dy(image; pixel, filter) * W^T
//   weights   dW(channel, pixel; pixel, filter)  =  x^T * dy
//
// where W(channel, input pixel; output pixel, filter) is the tap that joins the two pixels, or zero. Tiles are then as
// high as there are images, where an image's own pixels would leave them nearly empty, and of the window nothing is
// multiplied that lies in the padding.
#ifndef CK_CONV_MATRIX_H
#define CK_CONV_MATRIX_H

#include "conv/choice.h"
#include "conv/layout.h"

enum { CONV_MATRIX_MOST_TAPS = 256 };

// Whether there is such a matrix of reasonable size, and whether it pays.
bool conv_matrix_supports(const ck_context *context, const ck_conv2d *conv);
bool conv_matrix_pays(const ck_context *context, const ck_conv2d *conv);

// The tap that joins a pixel of the input to one of the output; -1: none does.
ptrdiff_t conv_tap_between(const ck_conv2d *conv, ptrdiff_t input, ptrdiff_t output);

// Which tap joins each two of them.
typedef struct {
  ptrdiff_t inputs, outputs; // pixels of an image
  ptrdiff_t *tap;            // [input][output]; -1: none does
} pixel_taps;

pixel_taps conv_pixel_taps(const ck_conv2d *conv, ck_workspace *memory);

#endif
