// 2-D convolution (cross-correlation, as in every framework) of NCHW images with OIHW weights, as PyTorch keeps them.
#ifndef CK_CONV_H
#define CK_CONV_H

#include "ck_context.h"

typedef struct ck_conv2d {
  ptrdiff_t batch, channels, height, width; // of the input
  ptrdiff_t filters, kernel_height, kernel_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_height, pad_width;
} ck_conv2d;

static inline ptrdiff_t ck_conv2d_out_height(const ck_conv2d *c) {
  return (c->height + 2 * c->pad_height - c->kernel_height) / c->stride_height + 1;
}
static inline ptrdiff_t ck_conv2d_out_width(const ck_conv2d *c) {
  return (c->width + 2 * c->pad_width - c->kernel_width) / c->stride_width + 1;
}

// y (batch, filters, out height, out width) from x (batch, channels, height, width), w (filters, channels, kernel
// height, kernel width) and bias (filters, or NULL). Each output is one chain of fused multiply-adds over
// (kernel row, kernel column, channel), then the bias.
void ck_conv2d_forward(const ck_context *context, const ck_conv2d *conv, const float *x, const float *w,
                       const float *bias, float *y, void *workspace);
// The gradients, from one pass over the batch: dx (of x), dw (of w), dbias (filters). Each of them may be NULL; w is
// read only for dx, x only for dw.
void ck_conv2d_backward(const ck_context *context, const ck_conv2d *conv, const float *dy, const float *x,
                        const float *w, float *dx, float *dw, float *dbias, void *workspace);
// Serves both passes; 64-byte aligned.
size_t ck_conv2d_workspace_bytes(const ck_context *context, const ck_conv2d *conv);

// The book's im2col: columns (batch * out height * out width, channels * kernel height * kernel width), one row for
// each output pixel. The convolutions above do without it; it stays as their oracle and for the reader.
void ck_im2col(const ck_context *context, const ck_conv2d *conv, const float *x, float *columns);
// Its transpose: adds each element of `columns` to the pixel it came from; x is overwritten.
void ck_col2im(const ck_context *context, const ck_conv2d *conv, const float *columns, float *x);

#endif
