// The gradient of an activation behind a batch normalisation. What the activation was taken of is not kept: it is
// normalised again, which takes less time than to write it and to read it.
#ifndef CK_NORM_ACTIVATED_H
#define CK_NORM_ACTIVATED_H

#include "dispatch/kernel_set.h"

// `through` becomes the gradient of n normalised values of one channel. A ReLU's is taken where it is used, in the same
// pass (norm/plane_kernel.h).
static inline void norm_derive_plane(const ck_kernel_set *kernels, const ck_activation *f, const ck_norm_channels *of,
                                     ptrdiff_t channel, ptrdiff_t n, const float *dy, const float *x, float *through) {
  kernels->batch_norm_plane_apply(channel, 1, n, n, x, of, NULL, false, through);
  if (!ck_activation_keeps_input(*f))
    kernels->activation_forward[f->kind](f, n, through, through);
  kernels->activation_backward[f->kind](f, n, dy, through, through);
}

#endif
