// Losses with their gradients in one pass, and what is read off the outputs. Losses are means over the rows.
#ifndef CK_LOSS_H
#define CK_LOSS_H

#include "ck_context.h"

// Mean over rows of -log softmax(x)[label]; labels[i] in 0 ... columns - 1.
// dx = (softmax(x) - onehot) / rows, unless NULL; dx may be x. `row_loss` holds `rows` floats of scratch.
float ck_softmax_cross_entropy_labels(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                      const int32_t *labels, float *dx, float *row_loss);
// The same for target distributions (rows, columns), one-hot rows among them: -sum of t * log softmax(x);
// dx = (softmax(x) * sum of t - t) / rows.
float ck_softmax_cross_entropy_targets(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                       const float *targets, float *dx, float *row_loss);
// Mean over rows of 1/2 * sum of (x - t)^2; dx = (x - t) / rows.
float ck_sum_of_squares(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x,
                        const float *targets, float *dx, float *row_loss);

// index[i] = the column of the largest element of row i, the first one among equals.
void ck_argmax(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index);

#endif
