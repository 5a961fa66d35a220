// Max and average pooling of NCHW images; each of the batch * channels planes is pooled on its own.
#ifndef CK_POOL_H
#define CK_POOL_H

#include "ck_context.h"

typedef struct ck_pool2d {
  ptrdiff_t height, width; // of the input planes
  ptrdiff_t window_height, window_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_height, pad_width; // at most half the window, as in PyTorch
} ck_pool2d;

static inline ptrdiff_t ck_pool2d_out_height(const ck_pool2d *p) {
  return (p->height + 2 * p->pad_height - p->window_height) / p->stride_height + 1;
}
static inline ptrdiff_t ck_pool2d_out_width(const ck_pool2d *p) {
  return (p->width + 2 * p->pad_width - p->window_width) / p->stride_width + 1;
}
// The bytes of an index of `argmax`: one, or four where windows have more than 256 elements.
static inline ptrdiff_t ck_pool2d_index_bytes(const ck_pool2d *p) {
  return p->window_height * p->window_width <= 256 ? 1 : 4;
}

// y (planes, out height, out width) = the largest element of each window; `argmax` (as many, of ck_pool2d_index_bytes
// each) says which one, counted row by row inside the window, the first among equals.
void ck_max_pool2d_forward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *x, float *y,
                           uint8_t *argmax);
// dx (planes, height, width): each dy goes to its window's largest element.
void ck_max_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                            const uint8_t *argmax, float *dx);
// The mean over the whole window, padding counted as zeros (PyTorch's count_include_pad).
void ck_average_pool2d_forward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *x,
                               float *y);
void ck_average_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                                float *dx);

// The same where the output's size is given, and the windows follow from it as PyTorch's do: output i of n along an
// axis is the mean of what lies from floor(i * size / n) up to, not including, ceil((i + 1) * size / n).
typedef struct ck_adaptive_pool2d {
  ptrdiff_t height, width, out_height, out_width;
} ck_adaptive_pool2d;

void ck_adaptive_average_pool2d_forward(const ck_context *context, const ck_adaptive_pool2d *pool, ptrdiff_t planes,
                                        const float *x, float *y);
void ck_adaptive_average_pool2d_backward(const ck_context *context, const ck_adaptive_pool2d *pool, ptrdiff_t planes,
                                         const float *dy, float *dx);

#endif
