// 2-D convolution (cross-correlation, as in every framework) of NCHW images with OIHW weights, as PyTorch keeps them.
#ifndef CK_CONV_H
#define CK_CONV_H

#include "ck_context.h"

// What follows a convolution in the same pass, while its outputs are in the cache.
typedef enum ck_conv2d_tail {
  CK_CONV_PLAIN,
  CK_CONV_RELU,          // max(y, 0)
  CK_CONV_RELU_MAX_POOL, // then 2 x 2 max pooling, windows side by side; the convolution's output has even sides
} ck_conv2d_tail;

typedef struct ck_conv2d {
  ptrdiff_t batch, channels, height, width; // of the input
  ptrdiff_t filters, kernel_height, kernel_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_height, pad_width; // zeros on each side; below zero, pixels that are cut off
  ck_conv2d_tail tail;
} ck_conv2d;

// The sides of the convolution itself, before any pooling.
static inline ptrdiff_t ck_conv2d_out_height(const ck_conv2d *c) {
  return (c->height + 2 * c->pad_height - c->kernel_height) / c->stride_height + 1;
}
static inline ptrdiff_t ck_conv2d_out_width(const ck_conv2d *c) {
  return (c->width + 2 * c->pad_width - c->kernel_width) / c->stride_width + 1;
}
// Pixels of one plane of y: those of the convolution, a quarter of them after pooling.
static inline ptrdiff_t ck_conv2d_plane(const ck_conv2d *c) {
  const ptrdiff_t pixels = ck_conv2d_out_height(c) * ck_conv2d_out_width(c);
  return c->tail == CK_CONV_RELU_MAX_POOL ? pixels / 4 : pixels;
}
// Bytes that a pooling tail needs to remember which pixels were the largest; 0 for the other tails.
static inline ptrdiff_t ck_conv2d_argmax_bytes(const ck_conv2d *c) {
  return c->tail == CK_CONV_RELU_MAX_POOL
             ? c->batch * ck_conv2d_plane(c) * ((c->filters + CK_LANES - 1) / CK_LANES * CK_LANES)
             : 0;
}

// y (batch, filters, plane) from x (batch, channels, height, width), w (filters, channels, kernel height, kernel
// width) and bias (filters, or NULL). Each output is one chain of fused multiply-adds over (kernel row, kernel
// column, channel), then the bias, then the tail: the same bits as the separate kernels give. Windows of 3 x 3 with
// stride 1 take Winograd's fewer products where channels, filters and sides make that quicker (src/conv/winograd.h), at
// CK_HIGHEST and with AVX512_BF16: chains over the channels, of sums of up to four pixels. Rounding errors are then
// smaller on average at CK_HIGHEST and about twice as large at CK_MEDIUM; and an output may also turn to NaN through a
// pixel just outside its window that is not finite, or is beyond a quarter of the largest float. So it may at
// CK_MEDIUM where there is one channel, whose pixels are paired with their neighbours.
// `argmax` has ck_conv2d_argmax_bytes; NULL where there are none.
void ck_conv2d_forward(const ck_context *context, const ck_conv2d *conv, const float *x, const float *w,
                       const float *bias, float *y, uint8_t *argmax, void *workspace);
// The gradients, from one pass over the batch: dx (of x; as above), dw (of w), dbias (filters). Each of them may be
// NULL; w is read only for dx, x only for dw. With a tail, `y` and `argmax` are what the forward pass gave; dw may then
// leave out the products of gradients that are zero, whatever x is there.
void ck_conv2d_backward(const ck_context *context, const ck_conv2d *conv, const float *dy, const float *x,
                        const float *w, const float *y, const uint8_t *argmax, float *dx, float *dw, float *dbias,
                        void *workspace);
// Serves both passes; 64-byte aligned.
size_t ck_conv2d_workspace_bytes(const ck_context *context, const ck_conv2d *conv);

// The book's im2col: columns (batch * out height * out width, channels * kernel height * kernel width), one row for
// each output pixel. The convolutions above do without it; it stays as their oracle and for the reader.
void ck_im2col(const ck_context *context, const ck_conv2d *conv, const float *x, float *columns);
// Its transpose: adds each element of `columns` to the pixel it came from; x is overwritten.
void ck_col2im(const ck_context *context, const ck_conv2d *conv, const float *columns, float *x);

#endif
