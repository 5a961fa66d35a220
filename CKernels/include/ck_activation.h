// Activation functions, element by element, and softmax over rows.
#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H

#include "ck_context.h"

typedef enum ck_activation {
  CK_RELU,     // max(x, 0)
  CK_SIGMOID,  // 1 / (1 + exp(-x))
  CK_TANH,     // tanh(x)
  CK_STEP,     // x > 0 ? 1 : 0; its derivative counts as 0
  CK_IDENTITY, // x
  CK_ACTIVATIONS
} ck_activation;

// y[i] = f(x[i]). y may be x.
void ck_activation_forward(const ck_context *context, ck_activation kind, ptrdiff_t n, const float *x, float *y);
// dx[i] = dy[i] * f'(x[i]), with f' taken from the output y. dx may be dy.
void ck_activation_backward(const ck_context *context, ck_activation kind, ptrdiff_t n, const float *dy, const float *y,
                            float *dx);

// Each row of y is softmax of the row of x: exp(x - max) / sum. y may be x.
void ck_softmax_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y);
// dx = y * (dy - sum of dy * y over the row). dx may be dy.
void ck_softmax_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y,
                         float *dx);

#endif
