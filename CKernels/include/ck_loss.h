// Losses with their gradients in one pass, and what is read off the outputs. What a loss adds up over the batch is
// divided by `divisor`: the number of rows (or elements) makes it a mean, that of a larger batch makes it the share of
// a part.
#ifndef CK_LOSS_H
#define CK_LOSS_H

#include "ck_context.h"

// Sum over rows of -log softmax(x)[label], divided by `divisor`; labels[i] in 0 ... columns - 1.
// dx = (softmax(x) - onehot) / divisor, unless NULL; dx may be x. `row_loss` holds `rows` floats of scratch.
float ck_softmax_cross_entropy_labels(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, float divisor,
                                      const float *x, const int32_t *labels, float *dx, float *row_loss);
// The same for target distributions (rows, columns), one-hot rows among them: -sum of t * log softmax(x);
// dx = (softmax(x) * sum of t - t) / divisor.
float ck_softmax_cross_entropy_targets(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, float divisor,
                                       const float *x, const float *targets, float *dx, float *row_loss);

// The same for each pixel of planes: x and dx are (batch, classes, plane). A pixel's target distribution t is that of
// its label (batch, plane) or, where `labels` is NULL, stands in `targets` (batch, classes, plane); then, class by
// class, t = class weight * ((1 - label_smoothing) * t + label_smoothing / classes).
typedef struct ck_pixel_cross_entropy {
  ptrdiff_t batch, classes, plane;
  float divisor;
  float label_smoothing;
  int32_t ignored;             // pixels with this label count nothing; the others are in 0 ... classes - 1
  const float *class_weights;  // (classes); NULL: all 1
  const float *sample_weights; // (batch); NULL: all 1
} ck_pixel_cross_entropy;

// `scratch` holds ck_loss_scratch_floats(batch, plane).
float ck_pixel_cross_entropy_evaluate(const ck_context *context, const ck_pixel_cross_entropy *loss, const float *x,
                                      const int32_t *labels, const float *targets, float *dx, float *scratch);

// A loss of each element x and its target t; d = x - t.
typedef enum ck_elementwise_loss_kind {
  CK_SQUARED_ERROR,        // d^2
  CK_ABSOLUTE_ERROR,       // |d|, with the gradient 0 at 0
  CK_HUBER,                // d^2 / 2 where |d| <= delta, else delta * (|d| - delta / 2)
  CK_BINARY_CROSS_ENTROPY, // (1 - t) * log(1 + exp(x)) + w * t * log(1 + exp(-x)), w the column's positive weight
  CK_ELEMENTWISE_LOSSES
} ck_elementwise_loss_kind;

typedef struct ck_elementwise_loss {
  ck_elementwise_loss_kind kind;
  ptrdiff_t rows, columns;
  float divisor;
  float delta;
  const float *row_weights;      // (rows), by which the losses of a row are multiplied; NULL: all 1
  const float *positive_weights; // (columns); NULL: all 1
} ck_elementwise_loss;

// The sum over all elements of their losses, divided by `divisor`; dx (rows, columns) its gradient, unless NULL; dx may
// be x. `scratch` holds ck_loss_scratch_floats(rows, columns).
float ck_elementwise_loss_evaluate(const ck_context *context, const ck_elementwise_loss *loss, const float *x,
                                   const float *targets, float *dx, float *scratch);

// Rows are cut into blocks of so many elements, each of which has a sum of its own.
#define CK_LOSS_BLOCK 1024
static inline ptrdiff_t ck_loss_scratch_floats(ptrdiff_t rows, ptrdiff_t columns) {
  return rows * ((columns + CK_LOSS_BLOCK - 1) / CK_LOSS_BLOCK);
}

// index[i] = the column of the largest element of row i, the first one among equals.
void ck_argmax(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index);

#endif
