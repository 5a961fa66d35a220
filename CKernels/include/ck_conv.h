// 2-D convolution (cross-correlation, as in every framework) of NCHW images with OIHW weights, as PyTorch keeps them.
#ifndef CK_CONV_H
#define CK_CONV_H

#include "ck_batch_part.h"
#include "ck_context.h"
#include "ck_norm.h"

// What follows a convolution in the same pass, while its outputs are in the cache.
typedef enum ck_conv2d_post_op {
  CK_CONV_NONE,
  CK_CONV_ACTIVATION,          // an activation function; a ReLU unless another one is set
  CK_CONV_ACTIVATION_MAX_POOL, // then 2 x 2 max pooling, windows side by side; the convolution's output has even sides
  CK_CONV_ADD,                 // y + shortcut, see ck_conv2d_forward_fused; its gradient is the shortcut's
  CK_CONV_ADD_ACTIVATION,      // an activation of y + shortcut, the end of a residual block
  CK_CONV_BATCH_NORM, // a batch normalisation, by itself or in the same pass (ck_conv2d_forward_fused). Then nearly
                      // all outputs have a gradient, and the weights' gradient is computed as is quickest for that
} ck_conv2d_post_op;

typedef struct ck_conv2d {
  ptrdiff_t batch, channels, height, width; // of the input
  ptrdiff_t filters, kernel_height, kernel_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_height, pad_width;           // zeros on each side; below zero, pixels that are cut off
  ptrdiff_t dilation_height, dilation_width; // pixels from one tap to the next
  ptrdiff_t groups; // divides channels and filters; the filters of a group see its channels alone
  ck_conv2d_post_op post_op;
  ck_activation activation;
} ck_conv2d;

// The pixels that a window spans.
static inline ptrdiff_t ck_conv2d_window_height(const ck_conv2d *c) {
  return c->dilation_height * (c->kernel_height - 1) + 1;
}
static inline ptrdiff_t ck_conv2d_window_width(const ck_conv2d *c) {
  return c->dilation_width * (c->kernel_width - 1) + 1;
}
// The sides of the convolution itself, before any pooling.
static inline ptrdiff_t ck_conv2d_out_height(const ck_conv2d *c) {
  return (c->height + 2 * c->pad_height - ck_conv2d_window_height(c)) / c->stride_height + 1;
}
static inline ptrdiff_t ck_conv2d_out_width(const ck_conv2d *c) {
  return (c->width + 2 * c->pad_width - ck_conv2d_window_width(c)) / c->stride_width + 1;
}
// Whether each channel is a group by itself; then the channels of an image are computed side by side.
static inline bool ck_conv2d_is_depthwise(const ck_conv2d *c) { return c->groups > 1 && c->groups == c->channels; }
// Pixels of one plane of y: those of the convolution, a quarter of them after pooling.
static inline ptrdiff_t ck_conv2d_plane(const ck_conv2d *c) {
  const ptrdiff_t pixels = ck_conv2d_out_height(c) * ck_conv2d_out_width(c);
  return c->post_op == CK_CONV_ACTIVATION_MAX_POOL ? pixels / 4 : pixels;
}
// Bytes that a pooling post-op needs to remember which pixels were the largest; 0 for the other post-ops.
static inline ptrdiff_t ck_conv2d_argmax_bytes(const ck_conv2d *c) {
  const ptrdiff_t slices = ck_conv2d_is_depthwise(c) ? 1 : c->groups;
  return c->post_op == CK_CONV_ACTIVATION_MAX_POOL
             ? c->batch * ck_conv2d_plane(c) * slices * ((c->filters / slices + CK_LANES - 1) / CK_LANES * CK_LANES)
             : 0;
}

// How a pass may be computed. At CK_HIGHEST the sparse weights' gradient and the pointwise forward pass have the bits
// of the direct ones; the others round in an order of their own.
typedef enum ck_conv2d_algorithm {
  CK_CONV_AUTOMATIC,      // the quickest one, which depends on the context and on one image's shape alone
  CK_CONV_DIRECT,         // plain sums, for every shape but depthwise ones
  CK_CONV_WINOGRAD,       // 16 products for four outputs of 3 x 3 windows with stride 1 instead of 36
  CK_CONV_SPARSE,         // weights: of those output pixels alone that have a gradient
  CK_CONV_SINGLE_CHANNEL, // weights: all sums in registers, for windows of 3 x 3 and 5 x 5 with stride 1, even sides
  CK_CONV_AMX,            // weights: in the tile registers of AMX, below CK_HIGHEST, with stride 1
  CK_CONV_POINTWISE,      // forward: windows of one pixel as a plain product, at CK_HIGHEST; the direct one's bits
  CK_CONV_DEPTHWISE,      // all passes of a convolution whose groups have one channel each; always at CK_HIGHEST
  CK_CONV_MATRIX,         // all passes of a batch of tiny images as one product of matrices, at CK_HIGHEST
  CK_CONV_AMX_BATCH,      // all passes of a batch of small images in those registers, the weights' with stride 1
} ck_conv2d_algorithm;

typedef struct ck_conv2d_algorithms {
  ck_conv2d_algorithm forward, weights, input; // input: of the gradient of x
} ck_conv2d_algorithms;

// What can be known of a convolution before it sees any numbers: algorithms, the layout of its workspace, the tables
// that its tiles walk by. A plan lies in memory that the caller gives, 64-byte aligned, at one address as long as it is
// used, and is only read: any number of threads may use it, each with a workspace of its own.
typedef struct ck_conv2d_plan ck_conv2d_plan;

// The bytes of a plan for batches of up to conv->batch images. `algorithms` may be NULL: all automatic. 0 where one of
// them does not support the shape.
size_t ck_conv2d_plan_bytes(const ck_context *context, const ck_conv2d *conv, const ck_conv2d_algorithms *algorithms);
// Makes the plan in `memory`, and returns it; NULL where an algorithm does not support the shape.
const ck_conv2d_plan *ck_conv2d_plan_make(const ck_context *context, const ck_conv2d *conv,
                                          const ck_conv2d_algorithms *algorithms, void *memory);
// What the plan took, none of it CK_CONV_AUTOMATIC. At CK_HIGH numbers beyond its range may be computed by others.
ck_conv2d_algorithms ck_conv2d_plan_algorithms(const ck_conv2d_plan *plan);
// The workspace of both passes; 64-byte aligned.
size_t ck_conv2d_workspace_bytes(const ck_conv2d_plan *plan);

// y (batch, filters, plane) from x (batch, channels, height, width), w (filters, channels / groups, kernel height,
// kernel width) and bias (filters, or NULL); `batch` is at most the plan's. Computed directly, each output is one chain
// of fused multiply-adds over (kernel row, kernel column, channel), then the bias, then the post-op: the same bits as
// the separate kernels give. Winograd's fewer products (src/conv/winograd.c), which are taken at CK_HIGHEST and with
// AVX512_BF16 where channels, filters and sides make that quicker, are chains over the channels of sums of up to four
// pixels. Rounding errors are then smaller on average at CK_HIGHEST and about twice as large at CK_MEDIUM; and an
// output may also turn to NaN through a pixel just outside its window that is not finite, or is beyond a quarter of the
// largest float. So it may at CK_MEDIUM where there is one channel, whose pixels are paired with their neighbours, and
// where tiny images make one product, whose matrix is zero between pixels that no tap joins.
// `argmax` has ck_conv2d_argmax_bytes; NULL where there are none.
void ck_conv2d_forward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *x, const float *w, const float *bias,
                       float *y, uint8_t *argmax, void *workspace);
// The gradients, from one pass over the batch: dx (of x; as above), dw (of w), dbias (filters). Each of them may be
// NULL; w is read only for dx, x only for dw. With an activation, `kept` is what its derivative is taken from, laid out
// like y: y itself, or what the forward pass kept (ck_conv2d_forward_fused). dw may then leave out the products of
// gradients that are zero, whatever x is there.
void ck_conv2d_backward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *dy, const float *x, const float *w,
                        const float *kept, const uint8_t *argmax, float *dx, float *dw, float *dbias, void *workspace);

// What a forward pass reads and writes besides, while its outputs are in the cache; what does not apply is NULL.
typedef struct ck_conv2d_forward_operands {
  uint8_t *argmax;       // as above
  const float *shortcut; // laid out like y: what CK_CONV_ADD and CK_CONV_ADD_ACTIVATION add; not y itself
  // Laid out like y: gets what the activation was taken of, of pooled pixels of the largest ones; for a backward pass
  // with an activation that keeps its input (ck_activation_keeps_input).
  float *kept;
  // For CK_CONV_BATCH_NORM: in training the moments of y's planes, laid out as ck_norm.h says; in inference what y goes
  // through, with the bits of ck_batch_norm_infer.
  float *moments;
  const ck_normalisation *normalisation;
  // The weights as ck_conv2d_pack packed them; NULL: the call packs them. The workspace of a call with packed weights
  // has ck_conv2d_packed_workspace_bytes.
  const void *packed;
} ck_conv2d_forward_operands;
void ck_conv2d_forward_fused(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *x, const float *w,
                             const float *bias, float *y, const ck_conv2d_forward_operands *operands, void *workspace);

// The weights as the forward pass reads them, packed once for many calls: so many bytes, 64-byte aligned. Any plan of
// the same convolution reads them, whatever its batch and threads, and its post-op as long as it pools or does not.
size_t ck_conv2d_packed_bytes(const ck_conv2d_plan *plan);
void ck_conv2d_pack(const ck_conv2d_plan *plan, const float *w, void *packed);
size_t ck_conv2d_packed_workspace_bytes(const ck_conv2d_plan *plan);
// Whether the forward pass reads w beside packed weights: to see whether their range suffices for two bf16 terms. Else
// w may be NULL where they are packed.
bool ck_conv2d_reads_plain_weights(const ck_conv2d_plan *plan);

// The same of a backward pass.
typedef struct ck_conv2d_backward_operands {
  const float *kept; // as above
  const uint8_t *argmax;
  float *dshortcut; // becomes that of CK_CONV_ADD_ACTIVATION's sum; may be dy, or NULL
  // For CK_CONV_BATCH_NORM: dy is the gradient of a batch normalisation's output. Its input's gradient, with the bits
  // of ck_batch_norm_backward, is computed on its way in and never stored. At CK_HIGH dy stands for it where the range
  // of numbers is asked for. Where pooling followed, the convolution's output has even sides.
  const ck_norm_gradient *norm;
  const ck_batch_part *part; // the workspace of a part has ck_conv2d_part_workspace_bytes
} ck_conv2d_backward_operands;
void ck_conv2d_backward_fused(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *dy, const float *x,
                              const float *w, const ck_conv2d_backward_operands *operands, float *dx, float *dw,
                              float *dbias, void *workspace);
size_t ck_conv2d_part_workspace_bytes(const ck_conv2d_plan *plan);
ptrdiff_t ck_conv2d_sums_floats(const ck_conv2d_plan *plan);

// The transpose of a convolution, as frameworks call it: what its input's gradient is computed with, as a layer of its
// own. `plan` is that of the convolution from y to x, without post-op, whose `channels` are the filters here and whose
// `filters` the channels: y (batch, channels, height, width) from x (batch, filters, out height, out width), w
// (filters, channels / groups, kernel height, kernel width) and bias (channels, or NULL). Each y is one chain of fused
// multiply-adds over (tap, filter) where the input's gradient is computed directly, then the bias.
void ck_conv_transpose2d_forward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *x, const float *w,
                                 const float *bias, float *y, void *workspace);
// The gradients: dx (of x), dw (of w), dbias (channels). Each of them may be NULL; w is read only for dx, x only for
// dw. Sums and workspace of a part are those of the plan's convolution.
void ck_conv_transpose2d_backward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *dy, const float *x,
                                  const float *w, float *dx, float *dw, float *dbias, const ck_batch_part *part,
                                  void *workspace);

// The book's im2col: columns (batch * out height * out width, channels * kernel height * kernel width), one row for
// each output pixel, whatever the groups. The convolutions above do without it; it stays as their oracle and for the
// reader.
void ck_im2col(const ck_context *context, const ck_conv2d *conv, const float *x, float *columns);
// Its transpose: adds each element of `columns` to the pixel it came from; x is overwritten.
void ck_col2im(const ck_context *context, const ck_conv2d *conv, const float *columns, float *x);

#endif
