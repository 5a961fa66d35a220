// One call of the backward pass, and what its threads do with an image whichever way they compute.
#ifndef CK_CONV_BACKWARD_H
#define CK_CONV_BACKWARD_H

#include "conv/chunks.h"

// As its threads see it.
typedef struct {
  const backward_plan *plan;
  const ck_context *context;
  ptrdiff_t batch, slices;
  conv_chunks chunks;
  conv_chunk_sums dw_sums, dbias_sums;
  const float *dy, *x, *w;
  ck_conv2d_backward_operands operands;
  float *dx, *dw, *dbias;
  const float *bias; // of a transposed convolution, added to dx; or NULL
  float *workspace;
  bool unpools; // somebody reads the gradients of all pixels: pooling, if any, is undone
  int team;
  ck_queue queue;
} backward_call;

// Rows `rows` of the gradient of one image's convolution, interleaved, inside its border of zeros, and with pooling,
// all of them, also before that is undone. `mine` is the thread's scratch.
output_gradient conv_load_dy(const backward_call *call, ptrdiff_t image, ck_range rows, float *mine);

// Writes rows of one image's dx, which were computed with their channels side by side.
void conv_write_dx(const backward_call *call, ptrdiff_t image, ck_range rows, const float *from);

// One thread of those that compute the gradients of all images together.
void conv_backward_batch(backward_call *call);
// What such a call keeps between the parts of a batch.
ptrdiff_t conv_batch_sums_floats(const weights_plan *weights);

#endif
