// What training does to all gradients, or to all weights, at once.
#ifndef CK_VECTOR_H
#define CK_VECTOR_H

#include "ck_context.h"

// y += x
void ck_add(const ck_context *context, ptrdiff_t n, const float *x, float *y);
// x *= factor
void ck_scale(const ck_context *context, ptrdiff_t n, float factor, float *x);
// x = x limited to -limit ... limit; a NaN stays one
void ck_clamp(const ck_context *context, ptrdiff_t n, float limit, float *x);
// y += weight * (x - y): a step of an exponential moving average
void ck_lerp(const ck_context *context, ptrdiff_t n, float weight, const float *x, float *y);
// Sum of x[i]^2, in blocks of a fixed size: 1/2 * lambda times it is the weight-decay term of the loss.
double ck_squared_norm(const ck_context *context, ptrdiff_t n, const float *x);

#endif
