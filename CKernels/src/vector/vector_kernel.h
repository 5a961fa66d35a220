// Element by element: sums, products, maxima, exponentials, limits and averages.
#include "simd/v16_math.h"

// to[i] += from[i]
static void add(ptrdiff_t n, float *restrict to, const float *restrict from) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES)
    v16_store(to + i, v16_load(to + i) + v16_load(from + i));
  if (i < n)
    v16_store_n(to + i, v16_load_n(to + i, n - i) + v16_load_n(from + i, n - i), n - i);
}

// y from a and b, where it may lie as well.
#define BINARY(NAME, EXPRESSION)                                                              \
  static void NAME(ptrdiff_t n, const float *from_a, const float *from_b, float *y) {         \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {                                             \
      const ptrdiff_t lanes = ck_lanes_left(n, i);                                            \
      const v16 a = v16_load_first(from_a + i, lanes), b = v16_load_first(from_b + i, lanes); \
      v16_store_first(y + i, EXPRESSION, lanes);                                              \
    }                                                                                         \
  }

// y from x, where it may lie as well.
#define UNARY(NAME, EXPRESSION)                                \
  static void NAME(ptrdiff_t n, const float *from, float *y) { \
    for (ptrdiff_t i = 0; i < n; i += CK_LANES) {              \
      const ptrdiff_t lanes = ck_lanes_left(n, i);             \
      const v16 x = v16_load_first(from + i, lanes);           \
      v16_store_first(y + i, EXPRESSION, lanes);               \
    }                                                          \
  }

BINARY(add_vectors, a + b)
BINARY(multiply_vectors, a *b)
BINARY(maximum_vectors, v16_flush(v16_select(a != a, a, v16_max(a, b))))
UNARY(exp_vector, v16_exp(x))
UNARY(log_vector, v16_log(x))

static void multiply_add_vectors(ptrdiff_t n, const float *a, const float *b, const float *c, float *y) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    const v16 first = v16_load_first(a + i, lanes), second = v16_load_first(b + i, lanes);
    v16_store_first(y + i, v16_fma(first, second, v16_load_first(c + i, lanes)), lanes);
  }
}

static void scale(ptrdiff_t n, float factor, float *x) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(x + i, v16_load_first(x + i, lanes) * factor, lanes);
  }
}

static void clamp(ptrdiff_t n, float limit, float *x) {
  const v16 high = v16_splat(limit), low = v16_splat(-limit);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(x + i, v16_flush(v16_min(high, v16_max(low, v16_load_first(x + i, lanes)))), lanes);
  }
}

static void lerp(ptrdiff_t n, float weight, const float *x, float *y) {
  const v16 w = v16_splat(weight);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    const v16 old = v16_load_first(y + i, lanes);
    v16_store_first(y + i, v16_fma(w, v16_load_first(x + i, lanes) - old, old), lanes);
  }
}
