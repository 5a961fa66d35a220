// One optimizer step over all parameters in a single pass; PyTorch's formulas and names.
#ifndef CK_OPTIM_H
#define CK_OPTIM_H

#include "ck_context.h"

typedef enum ck_optimizer {
  CK_SGD,      // w -= lr * g
  CK_MOMENTUM, // v = beta1 * v + g;  w -= lr * v
  CK_NESTEROV, // v = beta1 * v + g;  w -= lr * (g + beta1 * v)
  CK_ADAGRAD,  // h += g * g;  w -= lr * g / (sqrt(h) + eps)
  CK_RMSPROP,  // h = beta2 * h + (1 - beta2) * g * g;  w -= lr * g / (sqrt(h) + eps)
  CK_ADAM,     // v, h as above with (1 - beta1) * g;  w -= lr / c1 * v / (sqrt(h) / sqrt(c2) + eps)
  CK_ADAMW,    // w *= 1 - lr * decay, then Adam without decay in g
  CK_OPTIMIZERS
} ck_optimizer;

typedef struct ck_optimizer_step {
  float learning_rate;
  float weight_decay; // lambda of L2 decay: g += lambda * w before all else, but for CK_ADAMW
  float beta1, beta2, epsilon;
  float correction1, correction2; // Adam's 1 - beta1^t and 1 - beta2^t
} ck_optimizer_step;

// Updates w (n) from g (n). `first` (v) and `second` (h) are n floats each, zero before the first step, NULL where
// the formula has none. Piece i of the numbers ends before ends[i], the last at n; threads share out each piece, so
// that what one of them updates of a parameter is about what it computes with, and stays in its cache. `ends` may be
// NULL: one piece.
void ck_optimizer_update(const ck_context *context, ck_optimizer kind, const ck_optimizer_step *step, ptrdiff_t n,
                         const float *g, float *w, float *first, float *second, ptrdiff_t pieces,
                         const ptrdiff_t *ends);

#endif
