// Element by element: sums and copies of tensors, and what training does to all gradients or to all weights at once.
#ifndef CK_VECTOR_H
#define CK_VECTOR_H

#include "ck_context.h"

// y = a + b; y may be a or b
void ck_add(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y);
// y = a * b; y may be a or b
void ck_multiply(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y);
// y = a * b + c, rounded once; y may be any of them
void ck_multiply_add(const ck_context *context, ptrdiff_t n, const float *a, const float *b, const float *c, float *y);
// y = the larger of a and b, NaN where one of them is; y may be a or b
void ck_maximum(const ck_context *context, ptrdiff_t n, const float *a, const float *b, float *y);
// y = e^x, to within 1 unit in the last place; 0 below -104, infinity above 88.8; y may be x
void ck_exp(const ck_context *context, ptrdiff_t n, const float *x, float *y);
// y = the natural logarithm of x, to within 1 unit in the last place; -infinity of 0, NaN below; y may be x
void ck_log(const ck_context *context, ptrdiff_t n, const float *x, float *y);
// Copies `columns` numbers of each of `rows` rows, which are `x_row` and `y_row` apart.
void ck_copy_columns(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row,
                     float *y, ptrdiff_t y_row);
// x *= factor
void ck_scale(const ck_context *context, ptrdiff_t n, float factor, float *x);
// x = x limited to -limit ... limit; a NaN stays one
void ck_clamp(const ck_context *context, ptrdiff_t n, float limit, float *x);
// y += weight * (x - y): a step of an exponential moving average
void ck_lerp(const ck_context *context, ptrdiff_t n, float weight, const float *x, float *y);
// Sum of x[i]^2, in blocks of a fixed size: 1/2 * lambda times it is the weight-decay term of the loss.
double ck_squared_norm(const ck_context *context, ptrdiff_t n, const float *x);

#endif
