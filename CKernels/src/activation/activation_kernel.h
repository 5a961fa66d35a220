// Activation functions: each is one expression, stamped out as a loop over sixteen lanes.
#include "simd/v16_math.h"

// y from x; `from` and `to` may be the same.
#define ACTIVATION_FORWARD(NAME, EXPRESSION)                              \
  static void NAME##_forward(ptrdiff_t n, const float *from, float *to) { \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                         \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                        \
      const v16 x = v16_load_first(from + i, lanes);                      \
      v16_store_first(to + i, EXPRESSION, lanes);                         \
    }                                                                     \
  }

// dx from dy and the output y; `gradient` and `to` may be the same.
#define ACTIVATION_BACKWARD(NAME, EXPRESSION)                                                       \
  static void NAME##_backward(ptrdiff_t n, const float *gradient, const float *output, float *to) { \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                                   \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                                  \
      const v16 dy = v16_load_first(gradient + i, lanes), y = v16_load_first(output + i, lanes);    \
      (void)dy, (void)y;                                                                            \
      v16_store_first(to + i, EXPRESSION, lanes);                                                   \
    }                                                                                               \
  }

// NaN stays NaN, so that a diverging training shows.
ACTIVATION_FORWARD(relu, v16_flush(v16_max(v16_splat(0.0f), x)))
ACTIVATION_FORWARD(sigmoid, v16_sigmoid(x))
ACTIVATION_FORWARD(tanh, v16_tanh(x))
ACTIVATION_FORWARD(step, v16_select(x > 0.0f, v16_splat(1.0f), v16_splat(0.0f)))
ACTIVATION_FORWARD(identity, x)

ACTIVATION_BACKWARD(relu, v16_select(y > 0.0f, dy, v16_splat(0.0f)))
ACTIVATION_BACKWARD(sigmoid, dy *(y * (1.0f - y)))
ACTIVATION_BACKWARD(tanh, dy * (1.0f - y * y))
ACTIVATION_BACKWARD(step, v16_splat(0.0f))
ACTIVATION_BACKWARD(identity, dy)
