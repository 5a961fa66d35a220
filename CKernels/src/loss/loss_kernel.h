// Losses element by element with their gradients, and argmax.
#include "ck_loss.h"
#include "simd/v16_math.h"

// The loop: adds up LOSS and writes GRADIENT times `scale` to dx, unless it is NULL. Both are expressions of x, its
// target t, d = x - t and the positive weight w. Returns the sum.
#define ELEMENTWISE_LOSS(NAME, LOSS, GRADIENT)                                                            \
  static float NAME##_loss(ptrdiff_t n, const float *values, const float *targets, float delta,           \
                           const float *positive_weights, float scale, float *dx) {                       \
    v16 total = v16_splat(0.0f);                                                                          \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                                         \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                                        \
      const v16 x = v16_load_first(values + i, lanes), t = v16_load_first(targets + i, lanes), d = x - t; \
      const v16 w = positive_weights ? v16_load_first(positive_weights + i, lanes) : v16_splat(1.0f);     \
      (void)d, (void)w, (void)delta;                                                                      \
      total += v16_select(v16i_iota() < (int32_t)lanes, LOSS, v16_splat(0.0f));                           \
      if (dx)                                                                                             \
        v16_store_first(dx + i, (GRADIENT) * scale, lanes);                                               \
    }                                                                                                     \
    return v16_sum(total);                                                                                \
  }

// -1, 0 or 1; a NaN stays one.
CK_INLINE v16 sign_of(v16 d) {
  const v16 one = v16_from_bits((v16_bits(d) & (int32_t)0x80000000) | v16_bits(v16_splat(1.0f)));
  return v16_select((d > 0.0f) | (d < 0.0f), one, d);
}

CK_INLINE v16 huber(v16 d, float delta) {
  const v16 a = v16_abs(d), inside = 0.5f * (d * d), outside = (a - 0.5f * delta) * delta;
  return v16_select(a > delta, outside, inside);
}

// log(1 + e) to within 3 units in the last place for 0 <= e <= 1, also where 1 + e is rounded to 1: what the sum lost
// is made up for by e / (sum - 1) (Goldberg, "What every computer scientist should know about floating-point
// arithmetic", theorem 4).
CK_INLINE v16 log_of_one_plus(v16 e) {
  const v16 sum = 1.0f + e, above = sum - 1.0f;
  const v16 quotient = v16_log(sum) / v16_select(above == 0.0f, v16_splat(1.0f), above);
  return e * v16_select(above == 0.0f, v16_splat(1.0f), quotient);
}

// With e = exp(-|x|), both of log(1 + exp(x)) and log(1 + exp(-x)) are log(1 + e), |x| larger for one of them.
CK_INLINE v16 binary_cross_entropy(v16 x, v16 t, v16 w) {
  const v16 rest = log_of_one_plus(v16_exp(-v16_abs(x))), zero = v16_splat(0.0f);
  return (1.0f - t) * (v16_max(zero, x) + rest) + w * t * (v16_max(zero, -x) + rest);
}

// (1 - t) sigmoid(x) - w t sigmoid(-x): neither end is rounded to 1 and then subtracted from it.
CK_INLINE v16 binary_cross_entropy_gradient(v16 x, v16 t, v16 w) {
  return (1.0f - t) * v16_sigmoid(x) - w * t * v16_sigmoid(-x);
}

ELEMENTWISE_LOSS(squared_error, d *d, 2.0f * d)
ELEMENTWISE_LOSS(absolute_error, v16_abs(d), sign_of(d))
ELEMENTWISE_LOSS(huber, huber(d, delta), v16_select(v16_abs(d) > delta, sign_of(d) * delta, d))
ELEMENTWISE_LOSS(binary_cross_entropy, binary_cross_entropy(x, t, w), binary_cross_entropy_gradient(x, t, w))

static void argmax(ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index) {
  for (ptrdiff_t i = 0; i < rows; i++, x += columns) {
    int32_t best = 0;
    for (ptrdiff_t j = 1; j < columns; j++)
      best = x[j] > x[best] ? (int32_t)j : best;
    index[i] = best;
  }
}
