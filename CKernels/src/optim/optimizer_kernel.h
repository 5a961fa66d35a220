// The optimizers' update rules, one expression each, over all parameters in one pass.
#include "ck_optim.h"
#include "simd/v16.h"

// The loop: reads w, g and the rule's states, applies RULE, writes back what changed.
#define OPTIMIZER(NAME, FIRST, SECOND, RULE)                                                                    \
  static void NAME##_update(const ck_optimizer_step *s, ptrdiff_t n, const float *restrict gradient,            \
                            float *restrict weights, float *restrict first, float *restrict second) {           \
    (void)first, (void)second;                                                                                  \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                                               \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                                              \
      v16 w = v16_load_first(weights + i, lanes), g = v16_load_first(gradient + i, lanes);                      \
      v16 v = FIRST ? v16_load_first(first + i, lanes) : w, h = SECOND ? v16_load_first(second + i, lanes) : w; \
      RULE;                                                                                                     \
      v16_store_first(weights + i, w, lanes);                                                                   \
      if (FIRST)                                                                                                \
        v16_store_first(first + i, v, lanes);                                                                   \
      if (SECOND)                                                                                               \
        v16_store_first(second + i, h, lanes);                                                                  \
    }                                                                                                           \
  }

CK_INLINE v16 step_down(const ck_optimizer_step *s, v16 w, v16 direction) {
  return v16_fma(v16_splat(-s->learning_rate), direction, w);
}
CK_INLINE v16 with_decay(const ck_optimizer_step *s, v16 g, v16 w) { return v16_fma(v16_splat(s->weight_decay), w, g); }

CK_INLINE v16 momentum_rule(const ck_optimizer_step *s, v16 w, v16 g, v16 *v, bool nesterov) {
  g = with_decay(s, g, w);
  *v = v16_fma(v16_splat(s->beta1), *v, g);
  return step_down(s, w, nesterov ? v16_fma(v16_splat(s->beta1), *v, g) : *v);
}

CK_INLINE v16 adagrad_rule(const ck_optimizer_step *s, v16 w, v16 g, v16 *h) {
  g = with_decay(s, g, w);
  *h = v16_fma(g, g, *h);
  return step_down(s, w, g / (v16_sqrt(*h) + s->epsilon));
}

CK_INLINE v16 rmsprop_rule(const ck_optimizer_step *s, v16 w, v16 g, v16 *h) {
  g = with_decay(s, g, w);
  *h = v16_fma(v16_splat(s->beta2), *h, (1.0f - s->beta2) * (g * g));
  return step_down(s, w, g / (v16_sqrt(*h) + s->epsilon));
}

CK_INLINE v16 adam_rule(const ck_optimizer_step *s, v16 w, v16 g, v16 *v, v16 *h) {
  *v = v16_fma(v16_splat(s->beta1), *v, (1.0f - s->beta1) * g);
  *h = v16_fma(v16_splat(s->beta2), *h, (1.0f - s->beta2) * (g * g));
  const v16 rate = v16_splat(s->learning_rate / s->correction1), scale = 1.0f / v16_sqrt(v16_splat(s->correction2));
  const v16 root = v16_fma(v16_sqrt(*h), scale, v16_splat(s->epsilon));
  return v16_fma(-rate, *v / root, w);
}

OPTIMIZER(sgd, 0, 0, w = step_down(s, w, with_decay(s, g, w)))
OPTIMIZER(momentum, 1, 0, w = momentum_rule(s, w, g, &v, false))
OPTIMIZER(nesterov, 1, 0, w = momentum_rule(s, w, g, &v, true))
OPTIMIZER(adagrad, 0, 1, w = adagrad_rule(s, w, g, &h))
OPTIMIZER(rmsprop, 0, 1, w = rmsprop_rule(s, w, g, &h))
OPTIMIZER(adam, 1, 1, w = adam_rule(s, w, with_decay(s, g, w), &v, &h))
OPTIMIZER(adamw, 1, 1, w = adam_rule(s, w * (1.0f - s->learning_rate * s->weight_decay), g, &v, &h))
