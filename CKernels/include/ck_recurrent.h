// One direction of one layer of an LSTM or GRU, with PyTorch's formulas, weights and order of gates. What the inputs
// add to the gates, an affine layer over all steps at once, comes ready; these kernels walk from step to step.
#ifndef CK_RECURRENT_H
#define CK_RECURRENT_H

#include "ck_context.h"

// The state before the first step is zero. Arrays over steps are (batch, steps, ...).
typedef struct ck_recurrent {
  ptrdiff_t batch, steps, hidden;
  ptrdiff_t whole; // of a batch that comes in parts, whose bits it then has: the samples of all parts; 0: batch
  ptrdiff_t
      output_row; // floats from one step to the next in y and dy: hidden, or more where directions lie side by side
  bool reverse;   // from the last step to the first
} ck_recurrent;

// projected = x * w_ih^T + b_ih (4 * hidden for each step: i, f, g, o), w_hh is (4 * hidden, hidden), b_hh may be NULL.
// With h' and c' from the step before:
//   i, f, o = sigmoid and g = tanh of (projected + h' * w_hh^T + b_hh);  c = f * c' + i * g;  y = h = o * tanh(c)
// Kept for the backward pass: `gates` after their functions, which may be `projected`, and h' and c of every step in
// `previous` and `c_states`.
void ck_lstm_forward(const ck_context *context, const ck_recurrent *recurrent, const float *projected,
                     const float *w_hh, const float *b_hh, float *y, float *previous, float *gates, float *c_states,
                     void *workspace);
// The gradient of `projected`, dgates. It is also what gives dw_hh = dgates^T * previous and db_hh, its column sums.
void ck_lstm_backward(const ck_context *context, const ck_recurrent *recurrent, const float *dy, const float *w_hh,
                      const float *gates, const float *c_states, float *dgates, void *workspace);

// The same with 3 * hidden (r, z, n), where m = h' * w_hn^T + b_hn is kept for the backward pass:
//   r, z = sigmoid of (projected + h' * w_hh^T + b_hh);  n = tanh(projected + r * m);  y = h = (1 - z) * n + z * h'
void ck_gru_forward(const ck_context *context, const ck_recurrent *recurrent, const float *projected, const float *w_hh,
                    const float *b_hh, float *y, float *previous, float *gates, float *m, void *workspace);
// The gradients of `projected` and of h' * w_hh^T + b_hh, which differ in n.
void ck_gru_backward(const ck_context *context, const ck_recurrent *recurrent, const float *dy, const float *w_hh,
                     const float *previous, const float *gates, const float *m, float *dgates, float *dhidden_gates,
                     void *workspace);

// Serves both passes of both; 64-byte aligned.
size_t ck_recurrent_workspace_bytes(const ck_context *context, const ck_recurrent *recurrent);

#endif
