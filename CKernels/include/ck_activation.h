// Activation functions, element by element, and softmax over rows.
#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H

#include "ck_batch_part.h"
#include "ck_context.h"

typedef enum ck_activation_kind {
  CK_RELU,       // max(x, 0)
  CK_SIGMOID,    // 1 / (1 + exp(-x))
  CK_TANH,       // tanh(x)
  CK_STEP,       // x > 0 ? 1 : 0; its derivative counts as 0
  CK_IDENTITY,   // x
  CK_LEAKY_RELU, // x > 0 ? x : alpha * x
  CK_ELU,        // x > 0 ? x : alpha * (exp(x) - 1), alpha >= 0
  CK_GELU,       // x * (1 + erf(x / sqrt(2))) / 2
  CK_GELU_TANH,  // x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2
  CK_SILU,       // x / (1 + exp(-x))
  CK_SOFTPLUS,   // log(1 + exp(alpha * x)) / alpha, alpha > 0; x where alpha * x > threshold
  CK_HARD_SWISH, // x * min(max(x + 3, 0), 6) / 6
  CK_CUSTOM,     // the caller's own, see ck_activation
  CK_ACTIVATIONS
} ck_activation_kind;

// A function with its constants; those that it does not have are ignored. A ReLU is all zeros.
typedef struct ck_activation {
  ck_activation_kind kind;
  float alpha, threshold;
  // Of CK_CUSTOM: y = f(x), and dx = dy * f', which is taken from x or from y as `keeps_input` says. n is a multiple of
  // CK_LANES, and results may lie where arguments do. They are called on any thread, with runs of a tensor that depend
  // on the kernel, and now and then with elements that nobody reads: an element's result must depend on that element
  // alone.
  bool keeps_input;
  const void *argument;
  void (*forward)(const void *argument, ptrdiff_t n, const float *x, float *y);
  void (*backward)(const void *argument, ptrdiff_t n, const float *dy, const float *kept, float *dx);
} ck_activation;

// Whether the derivative is taken from the input x; else it is taken from the output y.
static inline bool ck_activation_keeps_input(ck_activation f) {
  if (f.kind == CK_CUSTOM)
    return f.keeps_input;
  // With a slope below zero LeakyReLU's output does not tell the sign of its input.
  return f.kind >= CK_GELU || (f.kind == CK_LEAKY_RELU && f.alpha < 0.0f);
}

// y[i] = f(x[i]). y may be x.
void ck_activation_forward(const ck_context *context, ck_activation f, ptrdiff_t n, const float *x, float *y);
// dx[i] = dy[i] * f'(x[i]), with f' taken from `kept`, which is x where ck_activation_keeps_input says so and else y.
// dx may be dy.
void ck_activation_backward(const ck_context *context, ck_activation f, ptrdiff_t n, const float *dy, const float *kept,
                            float *dx);

// x (samples, channels, plane): y = x > 0 ? x : weight[channel] * x (He et al., 2015). y may be x.
void ck_prelu_forward(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane, const float *x,
                      const float *weight, float *y);
// dx, which may be dy, and dweight[channel] = the sum of dy * min(x, 0); each of them may be NULL, and so may `part`.
// `workspace` has ck_prelu_workspace_bytes.
void ck_prelu_backward(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane,
                       const float *dy, const float *x, const float *weight, float *dx, float *dweight,
                       const ck_batch_part *part, void *workspace);
size_t ck_prelu_workspace_bytes(ptrdiff_t samples, ptrdiff_t channels);
ptrdiff_t ck_prelu_sums_floats(ptrdiff_t channels, ptrdiff_t plane);

// Each row of y is softmax of the row of x: exp(x - max) / sum. y may be x.
void ck_softmax_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y);
// dx = y * (dy - sum of dy * y over the row). dx may be dy.
void ck_softmax_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y,
                         float *dx);

#endif
