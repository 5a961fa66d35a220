// Activation functions: each is one expression, stamped out as a loop over sixteen lanes.
#include "ck_activation.h"
#include "simd/v16_math.h"

// y from x; `from` and `to` may be the same.
#define ACTIVATION_FORWARD(NAME, EXPRESSION)                                                      \
  static void NAME##_forward(const ck_activation *f, ptrdiff_t n, const float *from, float *to) { \
    const v16 alpha = f->alpha, threshold = f->threshold;                                         \
    (void)alpha, (void)threshold;                                                                 \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                                 \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                                \
      const v16 x = v16_load_first(from + i, lanes);                                              \
      v16_store_first(to + i, EXPRESSION, lanes);                                                 \
    }                                                                                             \
  }

// dx from dy and what the forward pass kept, its input x or its output y; `gradient` and `to` may be the same.
#define ACTIVATION_BACKWARD(NAME, KEPT, EXPRESSION)                                                          \
  static void NAME##_backward(const ck_activation *f, ptrdiff_t n, const float *gradient, const float *from, \
                              float *to) {                                                                   \
    const v16 alpha = f->alpha, threshold = f->threshold;                                                    \
    (void)alpha, (void)threshold;                                                                            \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                                            \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                                           \
      const v16 dy = v16_load_first(gradient + i, lanes), KEPT = v16_load_first(from + i, lanes);            \
      (void)dy, (void)KEPT;                                                                                  \
      v16_store_first(to + i, EXPRESSION, lanes);                                                            \
    }                                                                                                        \
  }

CK_INLINE v16 softplus(v16 x, v16 beta, v16 threshold) {
  const v16 z = beta * x;
  const v16 y = (v16_max(v16_splat(0.0f), z) + v16_log1p(v16_exp(-v16_abs(z)))) / beta;
  return v16_select(z > threshold, x, y);
}

CK_INLINE v16 gelu_slope(v16 x) {
  v16 density;
  const v16 below = v16_normal(x, &density);
  const v16 bounded = v16_min(v16_splat(15.0f), v16_max(v16_splat(-15.0f), x)); // as in silu_slope
  return v16_fma(bounded, density, below);
}

CK_INLINE v16 silu_slope(v16 x) {
  v16 above;
  const v16 below = v16_sigmoid_pair(x, &above);
  const v16 bounded = v16_min(v16_splat(104.0f), v16_max(v16_splat(-104.0f), x)); // infinity times 0 is none
  return below * v16_fma(bounded, above, v16_splat(1.0f));
}

// (1 + tanh(u)) / 2 is the logistic function of 2 * u = x * (a + b * x^2). Beyond 12 it is 0 or 1.
CK_INLINE v16 gelu_tanh_bounded(v16 x) { return v16_min(v16_splat(12.0f), v16_max(v16_splat(-12.0f), x)); }
CK_INLINE v16 gelu_tanh_argument(v16 x) { return x * v16_fma(x * x, v16_splat(0.0713548163f), v16_splat(1.59576912f)); }
CK_INLINE v16 gelu_tanh_slope(v16 x) {
  const v16 bounded = gelu_tanh_bounded(x);
  v16 above;
  const v16 below = v16_sigmoid_pair(gelu_tanh_argument(bounded), &above);
  const v16 slope = v16_fma(bounded * bounded, v16_splat(0.214064449f), v16_splat(1.59576912f));
  return below * v16_fma(bounded * above, slope, v16_splat(1.0f));
}

CK_INLINE v16 hard_swish(v16 x) {
  const v16 inner = x * (x + 3.0f) / 6.0f;
  return v16_select(x >= 3.0f, x, v16_select(x <= -3.0f, v16_splat(0.0f), inner));
}
CK_INLINE v16 hard_swish_slope(v16 x) {
  const v16 inner = x / 3.0f + 0.5f;
  return v16_select(x >= 3.0f, v16_splat(1.0f), v16_select(x <= -3.0f, v16_splat(0.0f), inner));
}

// The caller's own function is given whole vectors: a row's last elements in a copy, with zeros behind them.
static void custom_forward(const ck_activation *f, ptrdiff_t n, const float *from, float *to) {
  const ptrdiff_t left = n % CK_LANES, whole = n - left;
  if (whole > 0)
    f->forward(f->argument, whole, from, to);
  if (left > 0) {
    float last[CK_LANES];
    v16_store(last, v16_load_n(from + whole, left));
    f->forward(f->argument, CK_LANES, last, last);
    v16_store_n(to + whole, v16_load(last), left);
  }
}

static void custom_backward(const ck_activation *f, ptrdiff_t n, const float *gradient, const float *from, float *to) {
  const ptrdiff_t left = n % CK_LANES, whole = n - left;
  if (whole > 0)
    f->backward(f->argument, whole, gradient, from, to);
  if (left > 0) {
    float dy[CK_LANES], kept[CK_LANES];
    v16_store(dy, v16_load_n(gradient + whole, left));
    v16_store(kept, v16_load_n(from + whole, left));
    f->backward(f->argument, CK_LANES, dy, kept, dy);
    v16_store_n(to + whole, v16_load(dy), left);
  }
}

// NaN stays NaN, so that a diverging training shows.
ACTIVATION_FORWARD(relu, v16_flush(v16_max(v16_splat(0.0f), x)))
ACTIVATION_FORWARD(sigmoid, v16_sigmoid(x))
ACTIVATION_FORWARD(tanh, v16_tanh(x))
ACTIVATION_FORWARD(step, v16_select(x > 0.0f, v16_splat(1.0f), v16_splat(0.0f)))
ACTIVATION_FORWARD(identity, x)
ACTIVATION_FORWARD(leaky_relu, v16_select(x > 0.0f, x, alpha *x))
ACTIVATION_FORWARD(elu, v16_select(x > 0.0f, x, alpha *v16_expm1(v16_min(v16_splat(0.0f), x))))
ACTIVATION_FORWARD(gelu, x *v16_normal(x, &(v16){0}))
ACTIVATION_FORWARD(gelu_tanh, x *v16_sigmoid(gelu_tanh_argument(gelu_tanh_bounded(x))))
ACTIVATION_FORWARD(silu, x *v16_sigmoid(x))
ACTIVATION_FORWARD(softplus, softplus(x, alpha, threshold))
ACTIVATION_FORWARD(hard_swish, hard_swish(x))

ACTIVATION_BACKWARD(relu, y, v16_select(y > 0.0f, dy, v16_splat(0.0f)))
ACTIVATION_BACKWARD(sigmoid, y, dy *(y * (1.0f - y)))
ACTIVATION_BACKWARD(tanh, y, dy * (1.0f - y * y))
ACTIVATION_BACKWARD(step, y, v16_splat(0.0f))
ACTIVATION_BACKWARD(identity, y, dy)
ACTIVATION_BACKWARD(leaky_relu, kept, v16_select(kept > 0.0f, dy, alpha *dy)) // both have one sign, but see the header
ACTIVATION_BACKWARD(elu, y, v16_select(y > 0.0f, dy, dy *(y + alpha)))
ACTIVATION_BACKWARD(gelu, x, dy *gelu_slope(x))
ACTIVATION_BACKWARD(gelu_tanh, x, dy *gelu_tanh_slope(x))
ACTIVATION_BACKWARD(silu, x, dy *silu_slope(x))
ACTIVATION_BACKWARD(softplus, x, v16_select(alpha *x > threshold, dy, dy *v16_sigmoid(alpha *x)))
ACTIVATION_BACKWARD(hard_swish, x, dy *hard_swish_slope(x))
