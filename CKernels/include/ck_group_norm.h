// Normalisation within each sample: group normalisation (Wu & He, 2018), and layer normalisation (Ba et al., 2016),
// which is that of one group whose planes are single numbers.
#ifndef CK_GROUP_NORM_H
#define CK_GROUP_NORM_H

#include "ck_batch_part.h"
#include "ck_context.h"

// x (samples, groups, channels, plane): each group's channels * plane numbers get mean 0 and variance 1. For images
// plane is height * width; for layer normalisation samples are rows, groups is 1, channels a row's length and plane 1.
typedef struct ck_group_norm {
  ptrdiff_t samples, groups, channels, plane;
  float epsilon;
} ck_group_norm;

// y = gamma * (x - mean) * inverse_std + beta, with the (biased) variance. gamma and beta (groups, channels) may be
// NULL: 1 and 0. mean and inverse_std (samples, groups) are kept for the backward pass. y may be x.
void ck_group_norm_forward(const ck_context *context, const ck_group_norm *norm, const float *x, const float *gamma,
                           const float *beta, float *y, float *mean, float *inverse_std);
// Each of dx, dgamma, dbeta and `part` may be NULL. dx may be dy. `workspace` has ck_group_norm_workspace_bytes,
// 64-byte aligned.
void ck_group_norm_backward(const ck_context *context, const ck_group_norm *norm, const float *dy, const float *x,
                            const float *gamma, const float *mean, const float *inverse_std, float *dx, float *dgamma,
                            float *dbeta, const ck_batch_part *part, void *workspace);
size_t ck_group_norm_workspace_bytes(const ck_group_norm *norm);
ptrdiff_t ck_group_norm_sums_floats(const ck_group_norm *norm);

#endif
