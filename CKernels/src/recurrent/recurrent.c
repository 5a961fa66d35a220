// LSTM and GRU: at each step one matrix product for the whole batch, with the weight packed once, and then the gates,
// for which threads share the samples.
#include "ck_recurrent.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"
#include "gemm/gemm.h"

enum { GATE_GRAIN = 1024 }; // hidden units, all gates of each, that are worth another thread

typedef struct {
  const ck_recurrent *s;
  ptrdiff_t gates;                      // of a sample at one step, in floats
  float *packed, *product, *c_gradient; // the weight; (batch, gates) or (batch, hidden); (batch, hidden)
  void *gemm;
} recurrent_memory;

static recurrent_memory take_memory(const ck_context *context, const ck_recurrent *s, ptrdiff_t gates, void *base,
                                    size_t *bytes) {
  ck_workspace workspace = {base, 0};
  recurrent_memory m = {.s = s, .gates = gates};
  m.packed = ck_take_floats(&workspace, ck_max(ck_gemm_packed_floats(context, gates, s->hidden),
                                               ck_gemm_packed_floats(context, s->hidden, gates)));
  m.product = ck_take_floats(&workspace, s->batch * gates);
  m.c_gradient = ck_take_floats(&workspace, s->batch * s->hidden);
  const size_t forward = ck_gemm_workspace_bytes(context, s->batch, gates, s->hidden);
  const size_t backward = ck_gemm_workspace_bytes(context, s->batch, s->hidden, gates);
  m.gemm = ck_take(&workspace, forward > backward ? forward : backward);
  if (bytes)
    *bytes = workspace.used;
  return m;
}

size_t ck_recurrent_workspace_bytes(const ck_context *context, const ck_recurrent *s) {
  size_t lstm, gru;
  take_memory(context, s, 4 * s->hidden, NULL, &lstm);
  take_memory(context, s, 3 * s->hidden, NULL, &gru);
  return lstm > gru ? lstm : gru;
}

// The k-th step to be computed.
static ptrdiff_t step_at(const ck_recurrent *s, ptrdiff_t k) { return s->reverse ? s->steps - 1 - k : k; }

static int team_for(const ck_context *context, const ck_recurrent *s) {
  return ck_team(context, s->batch * s->hidden, GATE_GRAIN);
}

// h' * w_hh^T + b_hh, h' being `previous` at the step.
static ck_gemm forward_product(const recurrent_memory *m, const float *w_hh, const float *b_hh) {
  return (ck_gemm){.trans_b = true,
                   .m = m->s->batch,
                   .n = m->gates,
                   .k = m->s->hidden,
                   .alpha = 1.0f,
                   .lda = m->s->steps * m->s->hidden,
                   .b = w_hh,
                   .ldb = m->s->hidden,
                   .packed_b = m->packed,
                   .c = m->product,
                   .ldc = m->gates,
                   .bias = b_hh,
                   .whole_rows = m->s->whole};
}

// The gradient of the gates times w_hh, which is what a step adds to the gradient of h'.
static ck_gemm backward_product(const recurrent_memory *m, const float *w_hh, float beta) {
  return (ck_gemm){.m = m->s->batch,
                   .n = m->s->hidden,
                   .k = m->gates,
                   .alpha = 1.0f,
                   .lda = m->s->steps * m->gates,
                   .b = w_hh,
                   .ldb = m->s->hidden,
                   .packed_b = m->packed,
                   .beta = beta,
                   .c = m->product,
                   .ldc = m->s->hidden,
                   .whole_rows = m->s->whole};
}

// The recurrent summand of one sample at step k; at the first step h' is zero.
static const float *recurrent_row(const recurrent_memory *m, const float *b_hh, ptrdiff_t k, ptrdiff_t sample) {
  return k == 0 ? b_hh : m->product + sample * m->gates;
}

static void clear(float *x, ptrdiff_t count) { memset(x, 0, (size_t)count * sizeof(float)); }

void ck_lstm_forward(const ck_context *context, const ck_recurrent *s, const float *projected, const float *w_hh,
                     const float *b_hh, float *y, float *previous, float *gates, float *c_states, void *workspace) {
  const recurrent_memory m = take_memory(context, s, 4 * s->hidden, workspace, NULL);
  ck_gemm product = forward_product(&m, w_hh, b_hh);
  ck_gemm_pack_b(context, &product, m.packed);
  for (ptrdiff_t k = 0; k < s->steps; k++) {
    const ptrdiff_t t = step_at(s, k), before = k > 0 ? step_at(s, k - 1) : t,
                    next = k + 1 < s->steps ? step_at(s, k + 1) : t;
    product.a = previous + t * s->hidden;
    if (k > 0)
      ck_gemm_run(context, &product, m.gemm);
    CK_PARALLEL(team_for(context, s), s->batch, 1, share) {
      for (ptrdiff_t b = share.first; b < share.first + share.count; b++) {
        const ptrdiff_t first = b * s->steps, at = first + t;
        if (k == 0)
          clear(previous + at * s->hidden, s->hidden);
        context->kernels->lstm_step_forward(s->hidden, projected + at * m.gates, recurrent_row(&m, b_hh, k, b),
                                            k > 0 ? c_states + (first + before) * s->hidden : NULL,
                                            gates + at * m.gates, c_states + at * s->hidden, y + at * s->output_row,
                                            next != t ? previous + (first + next) * s->hidden : NULL);
      }
    }
  }
}

void ck_lstm_backward(const ck_context *context, const ck_recurrent *s, const float *dy, const float *w_hh,
                      const float *gates, const float *c_states, float *dgates, void *workspace) {
  const recurrent_memory m = take_memory(context, s, 4 * s->hidden, workspace, NULL);
  ck_gemm product = backward_product(&m, w_hh, 0.0f);
  ck_gemm_pack_b(context, &product, m.packed);
  clear(m.product, s->batch * s->hidden);
  clear(m.c_gradient, s->batch * s->hidden);
  for (ptrdiff_t k = s->steps - 1; k >= 0; k--) {
    const ptrdiff_t t = step_at(s, k), before = k > 0 ? step_at(s, k - 1) : t;
    CK_PARALLEL(team_for(context, s), s->batch, 1, share) {
      for (ptrdiff_t b = share.first; b < share.first + share.count; b++) {
        const ptrdiff_t first = b * s->steps, at = first + t;
        context->kernels->lstm_step_backward(
            s->hidden, dy + at * s->output_row, gates + at * m.gates, c_states + at * s->hidden,
            k > 0 ? c_states + (first + before) * s->hidden : NULL, m.product + b * s->hidden,
            m.c_gradient + b * s->hidden, dgates + at * m.gates);
      }
    }
    product.a = dgates + t * m.gates;
    if (k > 0)
      ck_gemm_run(context, &product, m.gemm);
  }
}

void ck_gru_forward(const ck_context *context, const ck_recurrent *s, const float *projected, const float *w_hh,
                    const float *b_hh, float *y, float *previous, float *gates, float *inner, void *workspace) {
  const recurrent_memory m = take_memory(context, s, 3 * s->hidden, workspace, NULL);
  ck_gemm product = forward_product(&m, w_hh, b_hh);
  ck_gemm_pack_b(context, &product, m.packed);
  for (ptrdiff_t k = 0; k < s->steps; k++) {
    const ptrdiff_t t = step_at(s, k), next = k + 1 < s->steps ? step_at(s, k + 1) : t;
    product.a = previous + t * s->hidden;
    if (k > 0)
      ck_gemm_run(context, &product, m.gemm);
    CK_PARALLEL(team_for(context, s), s->batch, 1, share) {
      for (ptrdiff_t b = share.first; b < share.first + share.count; b++) {
        const ptrdiff_t first = b * s->steps, at = first + t;
        if (k == 0)
          clear(previous + at * s->hidden, s->hidden);
        context->kernels->gru_step_forward(s->hidden, projected + at * m.gates, recurrent_row(&m, b_hh, k, b),
                                           previous + at * s->hidden, gates + at * m.gates, inner + at * s->hidden,
                                           y + at * s->output_row,
                                           next != t ? previous + (first + next) * s->hidden : NULL);
      }
    }
  }
}

void ck_gru_backward(const ck_context *context, const ck_recurrent *s, const float *dy, const float *w_hh,
                     const float *previous, const float *gates, const float *inner, float *dgates, float *dhidden_gates,
                     void *workspace) {
  const recurrent_memory m = take_memory(context, s, 3 * s->hidden, workspace, NULL);
  ck_gemm product = backward_product(&m, w_hh, 1.0f); // added to what the gates leave there
  ck_gemm_pack_b(context, &product, m.packed);
  clear(m.product, s->batch * s->hidden);
  for (ptrdiff_t k = s->steps - 1; k >= 0; k--) {
    const ptrdiff_t t = step_at(s, k);
    CK_PARALLEL(team_for(context, s), s->batch, 1, share) {
      for (ptrdiff_t b = share.first; b < share.first + share.count; b++) {
        const ptrdiff_t at = b * s->steps + t;
        context->kernels->gru_step_backward(s->hidden, dy + at * s->output_row, previous + at * s->hidden,
                                            gates + at * m.gates, inner + at * s->hidden, m.product + b * s->hidden,
                                            dgates + at * m.gates, dhidden_gates + at * m.gates);
      }
    }
    product.a = dhidden_gates + t * m.gates;
    if (k > 0)
      ck_gemm_run(context, &product, m.gemm);
  }
}
