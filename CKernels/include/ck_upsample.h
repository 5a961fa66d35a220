// Enlarges (or shrinks) the planes of NCHW images, as PyTorch's Upsample does with align_corners off.
#ifndef CK_UPSAMPLE_H
#define CK_UPSAMPLE_H

#include "ck_context.h"

// Output pixel i of n along an axis of `size` pixels lies at (i + 1/2) * size / n - 1/2 in the input.
typedef enum ck_upsample_mode {
  CK_NEAREST,  // the input pixel floor(i * size / n)
  CK_BILINEAR, // the mean of the two pixels around it, weighted by nearness; at the borders, the one there is
} ck_upsample_mode;

typedef struct ck_upsample2d {
  ptrdiff_t height, width, out_height, out_width;
  ck_upsample_mode mode;
} ck_upsample2d;

// y (planes, out height, out width) from x (planes, height, width).
void ck_upsample2d_forward(const ck_context *context, const ck_upsample2d *upsample, ptrdiff_t planes, const float *x,
                           float *y, void *workspace);
void ck_upsample2d_backward(const ck_context *context, const ck_upsample2d *upsample, ptrdiff_t planes, const float *dy,
                            float *dx, void *workspace);
// Serves both passes; 64-byte aligned.
size_t ck_upsample2d_workspace_bytes(const ck_context *context, const ck_upsample2d *upsample);

#endif
