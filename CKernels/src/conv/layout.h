// How one convolution is laid out in scratch memory.
//
// There is no im2col: each thread copies one image at a time into scratch, padded with zeros and with its channels
// interleaved (height, width, channels). There every row of the kernel's window is one contiguous segment of
// width * channels values, so that the three passes are tile products whose segments are found through offset tables:
//
//   forward   y(pixel, filter)    = sum over (ky; kx, channel) of  x(pixel, tap) * w(tap, filter)
//   weights   dw(tap, filter)     = sum over output pixels of      x(pixel, tap) * dy(pixel, filter)
//   input     dx(pixel, channel)  = sum over (tap; filter) of      dy(pixel - tap, filter) * w(tap, filter, channel)
//
// Below full precision each pass has its factors rounded and packed in pairs along its own k: channels in the forward
// pass, neighbouring output pixels for the weights, filters for the input. A single channel has no neighbour; its
// pixels are packed with those to their right, and taps go two by two.
#ifndef CK_CONV_LAYOUT_H
#define CK_CONV_LAYOUT_H

#include "ck_conv.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/precision.h"

// With groups a convolution falls into equal slices, convolutions of their own whose planes lie one after the other:
// one for each group, or of a depthwise one for as many channels as keep their pixels in the cache, CK_LANES or a
// multiple, which `conv` still says are groups by themselves. A batch is then `count` times as many images, each
// slice's own. Only the depthwise algorithms compute slices with groups.
typedef struct {
  ck_conv2d conv; // of one slice
  ptrdiff_t count;
} conv_slices;

conv_slices conv_slices_of(const ck_conv2d *conv);

typedef struct {
  ck_conv2d conv;     // of one slice
  ptrdiff_t slices;   // how many there are
  ck_context context; // what the pass is computed with, which may be full precision although less would do
  ptrdiff_t taps;     // of a window
  ptrdiff_t out_height, out_width;
  ptrdiff_t filter_panels, channel_panels; // of CK_LANES each
  ptrdiff_t filter_lanes, channel_lanes;   // rounded up to whole panels
  ptrdiff_t vnni_factor;                   // values in an element along k: 1, or 2 below full precision
  ptrdiff_t x_channels, dy_filters;        // rounded up to whole elements, but a single channel stays alone
  bool overlaps;                           // a single channel's pixels lie in two elements each
  ptrdiff_t x_height, x_width;             // of the input with its border of zeros, if any
} conv_layout;

// The output gradient in scratch: where it starts inside its border of zeros, and the sizes of both together.
typedef struct {
  ptrdiff_t top, left, height, width;
} gradient_layout;

conv_layout conv_layout_make(const ck_context *context, const conv_slices *slices);
// `bordered`: with the border that the input's gradient reads.
gradient_layout gradient_layout_make(const ck_conv2d *conv, bool bordered);

static inline bool conv_pools(const ck_conv2d *c) { return c->post_op == CK_CONV_ACTIVATION_MAX_POOL; }
static inline bool conv_activates(const ck_conv2d *c) {
  return c->post_op == CK_CONV_ACTIVATION || c->post_op == CK_CONV_ADD_ACTIVATION || conv_pools(c);
}
// Whether an activation follows that takes passes of its own over what is in the cache; a ReLU is done on the way.
static inline bool conv_activates_apart(const ck_conv2d *c) {
  return conv_activates(c) && c->activation.kind != CK_RELU;
}
// Whether a ReLU is the last thing that follows, so that its output's sign says where there is a gradient.
static inline bool conv_rectifies(const ck_conv2d *c) {
  return conv_activates(c) && !conv_pools(c) && c->activation.kind == CK_RELU;
}
static inline bool conv_packs(const conv_layout *l) { return l->vnni_factor == 2; }
// From one output pixel to the next in the padded, interleaved input.
static inline ptrdiff_t conv_x_step(const conv_layout *l) { return l->conv.stride_width * l->x_channels; }
// Pixels before the first that a window sees, where padding below zero cuts some off.
static inline ptrdiff_t conv_cut_pixels(const conv_layout *l) {
  return ck_max(-l->conv.pad_height, 0) * l->x_width + ck_max(-l->conv.pad_width, 0);
}
// Values of one image of x, of one image of y, and of the weights.
static inline ptrdiff_t conv_x_count(const ck_conv2d *c) { return c->channels * c->height * c->width; }
static inline ptrdiff_t conv_y_count(const ck_conv2d *c) { return c->filters * ck_conv2d_plane(c); }
static inline ptrdiff_t conv_w_count(const ck_conv2d *c) {
  return c->filters * (c->channels / c->groups) * c->kernel_height * c->kernel_width;
}
static inline bool conv_dilates(const ck_conv2d *c) { return c->dilation_height != 1 || c->dilation_width != 1; }

// Where a padded coordinate, which is below zero where pixels are cut off, lies among the windows' steps.
typedef struct {
  ptrdiff_t step, phase; // coordinate = step * stride + phase, 0 <= phase < stride
} conv_step;
conv_step conv_step_of(ptrdiff_t coordinate, ptrdiff_t stride);

// The padded, interleaved copy of an image. It takes so many floats of a thread's scratch, zeros at first; none where
// the image can be read as it is. `past`: floats beyond the last pixel that are read as well.
ptrdiff_t conv_padded_floats(const conv_layout *l, ptrdiff_t past);
// Copies rows `rows` of `image` into `scratch`, whose border stays zero, and returns the padded image.
const float *conv_load_x(const conv_layout *l, ptrdiff_t padded_floats, const float *image, ck_range rows,
                         float *scratch);

// Rows `rows` of one image's planes go to rows of `row_pixels` pixels, channels interleaved; lanes beyond the channels
// become zero, and so does what stands where `mask`, laid out like `from`, is not above zero. `mask` may be NULL.
void conv_interleave(const ck_kernel_set *kernels, const float *from, ptrdiff_t channels, ptrdiff_t height,
                     ptrdiff_t width, ck_range rows, const float *mask, float *to, ptrdiff_t row_pixels,
                     ptrdiff_t lanes);

// Rows of `width` pixels with `lanes` floats each that are computed before they are written out: as many as fit the
// first-level cache, a multiple of `unit`, and whole blocks of CK_LANES pixels, in which they are transposed.
ptrdiff_t conv_chunk_rows(ptrdiff_t width, ptrdiff_t lanes, ptrdiff_t rows, ptrdiff_t unit);

// What such a chunk may fill: 16 KB, half of the smallest first-level cache.
enum { CONV_L1_FLOATS = 4096 };

#endif
