// Batch normalisation (Ioffe & Szegedy, 2015) per channel of x (batch, channels, plane), NCHW; plane is
// height * width, or 1 for the outputs of an affine layer.
#ifndef CK_NORM_H
#define CK_NORM_H

#include "ck_activation.h"
#include <stdbool.h>

// What follows a normalisation in the same pass, while its outputs are in the cache. The bits are those of the separate
// kernels.
typedef enum ck_norm_post_op {
  CK_NORM_NONE,
  CK_NORM_ACTIVATION,          // an activation function; a ReLU unless another one is set
  CK_NORM_ACTIVATION_MAX_POOL, // then 2 x 2 max pooling, windows side by side, of planes with even sides
} ck_norm_post_op;

typedef struct ck_batch_norm {
  ptrdiff_t batch, channels, plane;
  float epsilon;
  float momentum; // the weight of the new value in the running statistics
  ck_norm_post_op post_op;
  ptrdiff_t width; // of a plane; read where pooling follows
  ck_activation activation;
} ck_batch_norm;

// What normalises each channel (channels each): y = gamma * (x - mean) * inverse_std + beta.
typedef struct ck_norm_channels {
  const float *gamma, *beta, *mean, *inverse_std;
} ck_norm_channels;

// What becomes of values: normalised, plus a shortcut laid out like them unless that is NULL, then an activation if
// there is one.
typedef struct ck_normalisation {
  ck_norm_channels channels;
  const float *shortcut;
  bool activates;
  ck_activation activation;
} ck_normalisation;

// What the input's gradient is made of, once the sums of the backward pass are known:
// dx = gamma * inverse_std * (g - dbeta / samples - (x - mean) * inverse_std * dgamma / samples), where g is dy or,
// with an activation, the gradient of its input.
typedef struct ck_norm_gradient {
  ck_norm_channels channels;
  const float *x, *dgamma, *dbeta;
  float samples;         // batch * plane
  const uint8_t *argmax; // where pooling followed the activation: dy is the pooled values' gradient; else NULL
  bool activates;
  ck_activation activation;
} ck_norm_gradient;

// Moments of planes (batch, 2, channels): of each image the means of its channels, then the sums of squared deviations
// from them. A convolution hands those of its outputs over (ck_conv2d_forward_fused).
static inline ptrdiff_t ck_batch_norm_moments(const ck_batch_norm *norm) { return 2 * norm->batch * norm->channels; }

// Whether what follows is a ReLU, which the kernels do in the pass that they make anyway.
static inline bool ck_batch_norm_rectifies(const ck_batch_norm *norm) {
  return norm->post_op != CK_NORM_NONE && norm->activation.kind == CK_RELU;
}

// Scratch of any of the passes, in bytes.
size_t ck_batch_norm_workspace_bytes(const ck_context *context, const ck_batch_norm *norm);

// Training: y = gamma * (x - mean) * inverse_std + beta with the batch's own mean and (biased) variance, which are
// kept for the backward pass in `mean` and `inverse_std` (channels each). The running statistics move towards
// them, the variance unbiased, as PyTorch does. y may be x. The variance is that within planes plus that of their
// means, both summed in double precision.
// `moments` are those of x's planes where they are known, else NULL. `shortcut`, laid out like x, is added before the
// activation; or NULL, as it must be where pooling follows. Then `kept`, laid out like y, gets their sum where the
// activation keeps its input (ck_activation_keeps_input); else it is NULL. With pooling, `argmax` (batch, channels,
// plane / 4) keeps which pixels of four were the largest, as ck_max_pool2d_forward does; else it is NULL.
void ck_batch_norm_forward(const ck_context *context, const ck_batch_norm *norm, const float *x, const float *moments,
                           const float *shortcut, const float *gamma, const float *beta, float *running_mean,
                           float *running_variance, float *y, float *kept, uint8_t *argmax, float *mean,
                           float *inverse_std, void *workspace);
// Where several batches are normalised together, such as the parts of one that are computed apart, whoever does so
// combines what these compute.
//
// The mean and the biased variance of each channel (channels each) of this batch alone; `moments` as above.
void ck_batch_norm_statistics(const ck_context *context, const ck_batch_norm *norm, const float *x,
                              const float *moments, float *mean, float *variance, void *workspace);
// What ck_batch_norm_forward does once the statistics are known.
void ck_batch_norm_apply(const ck_context *context, const ck_batch_norm *norm, const float *x, const float *shortcut,
                         const ck_norm_channels *channels, float *y, float *kept, uint8_t *argmax, void *workspace);
// The input's gradient of this batch, once the sums of all are known that ck_batch_norm_backward computes without dx;
// they are over `samples` values of each channel. With a shortcut, dy is what its gradient was, and nothing follows the
// normalisation. dx may be dy where no pooling followed.
void ck_batch_norm_input_gradient(const ck_context *context, const ck_batch_norm *norm, ptrdiff_t samples,
                                  const float *dy, const float *x, const uint8_t *argmax,
                                  const ck_norm_channels *channels, const float *dgamma, const float *dbeta, float *dx,
                                  void *workspace);
// 1 / sqrt(variance + epsilon) of each channel.
void ck_batch_norm_inverse_std(const ck_context *context, ptrdiff_t channels, const float *variance, float epsilon,
                               float *inverse_std);
// Inference: the same with the running statistics.
void ck_batch_norm_infer(const ck_context *context, const ck_batch_norm *norm, const float *x, const float *shortcut,
                         const float *gamma, const float *beta, const float *running_mean,
                         const float *running_variance, float *y, uint8_t *argmax, void *workspace);
// Gradients of the training pass; dx may be dy where no pooling followed. dx may be NULL: the convolution before
// computes it for itself (ck_conv2d_backward_fused). Where a shortcut was added before an activation, `kept` is what
// that one's derivative is taken from, what the forward pass kept or y, and `dshortcut` becomes the sum's gradient; it
// may be dy. Else both are NULL, for the activation's input is computed anew.
void ck_batch_norm_backward(const ck_context *context, const ck_batch_norm *norm, const float *dy, const float *x,
                            const float *kept, const uint8_t *argmax, const ck_norm_channels *channels, float *dx,
                            float *dshortcut, float *dgamma, float *dbeta, void *workspace);

#endif
