// Batch normalisation of sixteen lanes: the formulas that planes and columns share.
#ifndef CK_NORM_NORMALISE_H
#define CK_NORM_NORMALISE_H

#include "ck_norm.h"
#include "simd/v16.h"

// What normalising needs of a channel.
typedef struct {
  v16 mean, inverse_std, gamma, beta;
} norm_lanes;

CK_INLINE v16 norm_inverse_std(v16 variance, float epsilon) { return 1.0f / v16_sqrt(variance + epsilon); }

CK_INLINE v16 norm_apply(norm_lanes c, v16 x) { return v16_fma((x - c.mean) * c.inverse_std, c.gamma, c.beta); }
CK_INLINE v16 norm_rectify(v16 y) { return v16_max(v16_splat(0.0f), y); }

// What a ReLU after it lets through of dy.
CK_INLINE v16 norm_rectified_gradient(v16 y, v16 dy) { return v16_select(y > 0.0f, dy, v16_splat(0.0f)); }

// dx = gamma * inverse_std * (dy - mean of dy - normalised x * mean of (dy * normalised x))
CK_INLINE v16 norm_gradient(norm_lanes c, v16 dy, v16 x, v16 dy_mean, v16 dy_x_mean) {
  const v16 normalised = (x - c.mean) * c.inverse_std;
  return c.gamma * c.inverse_std * (dy - dy_mean - normalised * dy_x_mean);
}

#endif
