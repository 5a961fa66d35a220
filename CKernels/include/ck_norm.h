// Batch normalisation (Ioffe & Szegedy, 2015) per channel of x (batch, channels, plane), NCHW; plane is
// height * width, or 1 for the outputs of an affine layer.
#ifndef CK_NORM_H
#define CK_NORM_H

#include "ck_context.h"

typedef struct ck_batch_norm {
  ptrdiff_t batch, channels, plane;
  float epsilon;
  float momentum; // the weight of the new value in the running statistics
} ck_batch_norm;

// Training: y = gamma * (x - mean) * inverse_std + beta with the batch's own mean and (biased) variance, which are
// kept for the backward pass in `mean` and `inverse_std` (channels each). The running statistics move towards
// them, the variance unbiased, as PyTorch does. y may be x.
void ck_batch_norm_forward(const ck_context *context, const ck_batch_norm *norm, const float *x, const float *gamma,
                           const float *beta, float *running_mean, float *running_variance, float *y, float *mean,
                           float *inverse_std);
// Inference: the same with the running statistics.
void ck_batch_norm_infer(const ck_context *context, const ck_batch_norm *norm, const float *x, const float *gamma,
                         const float *beta, const float *running_mean, const float *running_variance, float *y);
// Gradients of the training pass; dx may be dy. dx may be NULL.
void ck_batch_norm_backward(const ck_context *context, const ck_batch_norm *norm, const float *dy, const float *x,
                            const float *gamma, const float *mean, const float *inverse_std, float *dx, float *dgamma,
                            float *dbeta);

#endif
