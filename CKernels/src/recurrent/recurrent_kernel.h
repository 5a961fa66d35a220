// One step of an LSTM or GRU, for one sample.
#include "simd/v16_math.h"

CK_INLINE v16 load_or_zero(const float *p, ptrdiff_t at, ptrdiff_t lanes) {
  return p ? v16_load_first(p + at, lanes) : v16_splat(0.0f);
}

// `recurrent` is h' * w_hh^T + b_hh, `before` c'; NULL stands for zeros. h goes to `y` and, unless it is NULL, to
// `next`.
static void lstm_step_forward(ptrdiff_t hidden, const float *projected, const float *recurrent, const float *before,
                              float *gates, float *c_state, float *y, float *next) {
  for (ptrdiff_t j = 0; j < hidden; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(hidden, j);
    v16 gate[4];
    CK_UNROLL for (int k = 0; k < 4; k++) {
      const ptrdiff_t at = k * hidden + j;
      const v16 sum = v16_load_first(projected + at, lanes) + load_or_zero(recurrent, at, lanes);
      gate[k] = k == 2 ? v16_tanh(sum) : v16_sigmoid(sum);
      v16_store_first(gates + at, gate[k], lanes);
    }
    const v16 c = v16_fma(gate[1], load_or_zero(before, j, lanes), gate[0] * gate[2]);
    const v16 h = gate[3] * v16_tanh(c);
    v16_store_first(c_state + j, c, lanes);
    v16_store_first(y + j, h, lanes);
    if (next)
      v16_store_first(next + j, h, lanes);
  }
}

// dh and dc, what the step after adds to the gradients of h and c, become what this one adds; dh is left to the
// product.
static void lstm_step_backward(ptrdiff_t hidden, const float *dy, const float *gates, const float *c_state,
                               const float *before, const float *dh, float *dc, float *dgates) {
  for (ptrdiff_t j = 0; j < hidden; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(hidden, j);
    v16 gate[4];
    CK_UNROLL for (int k = 0; k < 4; k++) gate[k] = v16_load_first(gates + k * hidden + j, lanes);
    const v16 i = gate[0], f = gate[1], g = gate[2], o = gate[3];
    const v16 squashed = v16_tanh(v16_load_first(c_state + j, lanes));
    const v16 h = v16_load_first(dy + j, lanes) + v16_load_first(dh + j, lanes);
    const v16 c = v16_fma(h * o, 1.0f - squashed * squashed, v16_load_first(dc + j, lanes));
    const v16 gradient[4] = {c * g * (i * (1.0f - i)), c * load_or_zero(before, j, lanes) * (f * (1.0f - f)),
                             c * i * (1.0f - g * g), h * squashed * (o * (1.0f - o))};
    CK_UNROLL for (int k = 0; k < 4; k++) v16_store_first(dgates + k * hidden + j, gradient[k], lanes);
    v16_store_first(dc + j, c * f, lanes);
  }
}

static void gru_step_forward(ptrdiff_t hidden, const float *projected, const float *recurrent, const float *previous,
                             float *gates, float *m, float *y, float *next) {
  for (ptrdiff_t j = 0; j < hidden; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(hidden, j);
    v16 sum[3], inner = load_or_zero(recurrent, 2 * hidden + j, lanes);
    CK_UNROLL for (int k = 0; k < 3; k++) sum[k] = v16_load_first(projected + k * hidden + j, lanes);
    const v16 r = v16_sigmoid(sum[0] + load_or_zero(recurrent, j, lanes));
    const v16 z = v16_sigmoid(sum[1] + load_or_zero(recurrent, hidden + j, lanes));
    const v16 n = v16_tanh(v16_fma(r, inner, sum[2]));
    const v16 h = v16_fma(z, v16_load_first(previous + j, lanes) - n, n);
    v16_store_first(gates + j, r, lanes);
    v16_store_first(gates + hidden + j, z, lanes);
    v16_store_first(gates + 2 * hidden + j, n, lanes);
    v16_store_first(m + j, inner, lanes);
    v16_store_first(y + j, h, lanes);
    if (next)
      v16_store_first(next + j, h, lanes);
  }
}

// dh becomes what this step adds to the gradient of h' beside its product.
static void gru_step_backward(ptrdiff_t hidden, const float *dy, const float *previous, const float *gates,
                              const float *m, float *dh, float *dgates, float *dhidden_gates) {
  for (ptrdiff_t j = 0; j < hidden; j += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(hidden, j);
    const v16 r = v16_load_first(gates + j, lanes), z = v16_load_first(gates + hidden + j, lanes);
    const v16 n = v16_load_first(gates + 2 * hidden + j, lanes);
    const v16 h = v16_load_first(dy + j, lanes) + v16_load_first(dh + j, lanes);
    const v16 dz = h * (v16_load_first(previous + j, lanes) - n) * (z * (1.0f - z));
    const v16 dn = h * (1.0f - z) * (1.0f - n * n);
    const v16 dr = dn * v16_load_first(m + j, lanes) * (r * (1.0f - r));
    v16_store_first(dgates + j, dr, lanes);
    v16_store_first(dgates + hidden + j, dz, lanes);
    v16_store_first(dgates + 2 * hidden + j, dn, lanes);
    v16_store_first(dhidden_gates + j, dr, lanes);
    v16_store_first(dhidden_gates + hidden + j, dz, lanes);
    v16_store_first(dhidden_gates + 2 * hidden + j, dn * r, lanes);
    v16_store_first(dh + j, h * z, lanes);
  }
}
