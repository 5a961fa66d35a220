// The fully connected layer: y = x * w^T + b. Weights are (outputs, inputs), as PyTorch keeps them.
#ifndef CK_AFFINE_H
#define CK_AFFINE_H

#include "ck_activation.h"
#include "ck_batch_part.h"
#include "ck_context.h"

// y (batch, outputs) = x (batch, inputs) * w^T + bias (outputs, or NULL), then `activation` of it, unless NULL. The
// bits are those of the separate kernels. `packed` is what ck_affine_pack made of w, or NULL: then w is packed anew,
// which takes longer than a single sample's products. With it, w is read at CK_HIGH alone, to see whether its range
// suffices, and may be NULL otherwise. `kept`, laid out like y, gets what the activation is taken of,
// for a backward pass that needs it (ck_activation_keeps_input); or NULL.
// Of a batch that comes in parts it has the bits of the whole one; `part` may be NULL.
void ck_affine_forward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                       const float *w, const float *packed, const float *bias, const ck_activation *activation,
                       float *y, float *kept, const ck_batch_part *part, void *workspace);
// Packs w for many forward passes of the same context, into so many floats, 64-byte aligned.
void ck_affine_pack(const ck_context *context, ptrdiff_t inputs, ptrdiff_t outputs, const float *w, float *packed);
ptrdiff_t ck_affine_packed_floats(const ck_context *context, ptrdiff_t inputs, ptrdiff_t outputs);
// dx = dy * w, added to what is in dx with `adds_dx`;  dw = dy^T * x;  dbias = column sums of dy. Each of dx, dw, dbias
// and `part` may be NULL. After a forward pass with an activation, dy stands for its input's gradient, and `kept` is
// what the derivative is taken from: what the forward pass kept, or y; else both are NULL.
void ck_affine_backward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                        const float *dy, const float *x, const float *w, const ck_activation *activation,
                        const float *kept, float *dx, bool adds_dx, float *dw, float *dbias, const ck_batch_part *part,
                        void *workspace);
ptrdiff_t ck_affine_sums_floats(const ck_context *context, ptrdiff_t whole, ptrdiff_t inputs, ptrdiff_t outputs);
// What each pass needs, the forward pass with packed weights or without; 64-byte aligned.
size_t ck_affine_forward_bytes(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                               bool packed);
size_t ck_affine_backward_bytes(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs);

// y[i][j] += bias[j], and its gradient dbias[j] = sum over i of dy[i][j], a chain over i. A part keeps no sums.
void ck_bias_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *bias, float *y);
void ck_bias_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, float *dbias,
                      const ck_batch_part *part);

#endif
