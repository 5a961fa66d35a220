// What the two halves of the backward pass share: scratch memory and the tables their tiles walk by.
#ifndef CK_CONV_CONV2D_BACKWARD_H
#define CK_CONV_CONV2D_BACKWARD_H

#include "conv/conv2d_plan.h"
#include "cpu/ahead.h"

// What the weights' gradient is made of: each has a file of its own, conv2d_weight_gradient.c, ..._planes.c,
// ..._listed.c, ..._one_channel.c.
typedef enum { OF_TILES, OF_PLANES, OF_LISTS, OF_ONE_CHANNEL } weights_way;

// The plan of each half. They differ in precision alone, and agree on how the output gradient is laid out.
typedef struct {
  conv2d_plan weights, input;
  weights_way way;
  bool of_all_pixels; // somebody reads their gradients: pooling, if any, is undone
} backward_plans;

// What the weights' gradient reads there, in cells: two copies of each channel's plane, and strips of filters.
typedef struct {
  ptrdiff_t cells, k_cells;      // of a plane; of a strip along k, whole chunks
  ptrdiff_t x_floats, dy_floats; // of all high parts
  ptrdiff_t x_low, dy_low;       // to cells of low parts, see gemm/pairs.h
} conv2d_planes;

// The output pixels that have a gradient, a list for each of sixteen filters: its length, where the pixels' windows
// start in the padded image, and the gradients.
typedef struct {
  ptrdiff_t *count;
  int32_t *window;
  float *gradient;
} pixel_lists;

typedef struct {
  ptrdiff_t parts;
  // weights gradient
  float *dw, *dbias;                 // one a part: [kernel row][kernel column][channel][filter lanes], [filter lanes];
                                     // OF_LISTS, dw is [filter][kernel row][kernel column][channel]
  ptrdiff_t *x_segment, *dy_segment; // OF_TILES: where each output row starts, in cells
  ptrdiff_t row_cells;               // OF_TILES: of an output row
  ptrdiff_t block_rows;
  weights_way way;
  conv2d_planes planes;  // OF_PLANES
  int32_t *window_start; // OF_LISTS: of each output pixel
  // input gradient
  float *weights;          // packed: [strip of channels][kernel row][kernel column][filter][16], or Winograd's
  float *weight_cells;     // the same in cells; at full precision it is `weights`
  ptrdiff_t w_low, dy_low; // to cells of low parts, see gemm/pairs.h
  ptrdiff_t *tap_segment, *w_segment; // phase by phase, where each tap starts, in cells
  ptrdiff_t chunk_rows;
  ck_winograd winograd; // where the input's plan takes it
  // one of each a thread, so many floats apart
  float *x, *dy, *chunk, *pooled_dy;
  pixel_lists lists; // OF_LISTS
  float *x_cells, *dy_cells, *products;
  ptrdiff_t x_floats, dy_floats, x_cell_floats, dy_cell_floats, chunk_floats, pooled_floats, list_capacity,
      products_floats;
} backward_scratch;

// The image that follows, fetched while this one's tiles run.
typedef struct {
  ck_ahead dy, y, x, dx;
} next_image;

static inline void next_image_turn(next_image *next) {
  ck_ahead_turn(&next->dy);
  ck_ahead_turn(&next->y);
  ck_ahead_turn(&next->x);
  ck_ahead_turn(&next->dx);
}

static inline ptrdiff_t conv2d_dw_floats(const conv2d_plan *p) {
  return conv2d_taps(p) * p->x_channels * p->filter_lanes;
}

// Weights: dw[tap][filter] of one image, added to what is there. `x` and `dy` are padded and interleaved floats, `dy`
// from the first pixel inside its border.
void conv2d_weight_gradient_tables(const conv2d_plan *p, const backward_scratch *s);
ptrdiff_t conv2d_tiles_turns(const conv2d_plan *p, const backward_scratch *s); // of next_image
void conv2d_add_weight_gradient(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                const float *dy, float *dw, next_image *next);
// The same from an image as it stands, where shape and kernels suit it; then rows of dy are at least so many pixels
// apart.
bool conv2d_weights_on_planes(const ck_context *context, const ck_conv2d *conv);
ptrdiff_t conv2d_plane_width(const conv2d_plan *p);
conv2d_planes conv2d_planes_of(const conv2d_plan *p);
ptrdiff_t conv2d_planes_turns(const conv2d_plan *p, const conv2d_planes *planes);
void conv2d_add_weight_gradient_of_planes(const conv2d_plan *p, const backward_scratch *s, int thread,
                                          const float *image, const float *dy, float *dw, next_image *next);
// The same from those pixels alone that have a gradient.
bool conv2d_weights_listed(const ck_context *context, const ck_conv2d *conv);
ptrdiff_t conv2d_list_capacity(const conv2d_plan *p, const backward_scratch *s);
ptrdiff_t conv2d_listed_turns(const conv2d_plan *p, const backward_scratch *s);
void conv2d_weight_listed_table(const conv2d_plan *p, const backward_scratch *s);
void conv2d_add_weight_gradient_listed(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                       const float *dy, float *dw, next_image *next);
// The same where there is one channel, and few taps; with pooling from the gradient before that is undone, which
// load_dy leaves.
bool conv2d_weights_one_channel(const ck_context *context, const ck_conv2d *conv);
ptrdiff_t conv2d_one_channel_turns(const conv2d_plan *p);
void conv2d_add_weight_gradient_one_channel(const conv2d_plan *p, const backward_scratch *s, int thread, const float *x,
                                            const float *dy, const uint8_t *argmax, float *dw, next_image *next);
// dw (filters, channels, taps) from the summed parts, for some of the channels, or filters.
void conv2d_unpack_weight_gradient(const conv2d_plan *p, const float *summed, ck_range channels, float *dw);
void conv2d_unpack_listed_weight_gradient(const conv2d_plan *p, const float *summed, ck_range filters, float *dw);

// Input: all threads of a team pack the weights together, then each computes dx of one image after the other. `dy` has
// its border.
void conv2d_input_gradient_tables(const conv2d_plan *p, const backward_scratch *s);
void conv2d_pack_input_weights(const conv2d_plan *p, const backward_scratch *s, const float *w);
ptrdiff_t conv2d_input_turns(const conv2d_plan *p, const backward_scratch *s); // of next_image
void conv2d_input_gradient(const conv2d_plan *p, const backward_scratch *s, int thread, const float *dy, float *dx,
                           next_image *next);

#endif
