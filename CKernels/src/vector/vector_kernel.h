// Adds, scales, clamps and averages, element by element.
#include "simd/v16.h"

// to[i] += from[i]
static void add(ptrdiff_t n, float *restrict to, const float *restrict from) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES)
    v16_store(to + i, v16_load(to + i) + v16_load(from + i));
  if (i < n)
    v16_store_n(to + i, v16_load_n(to + i, n - i) + v16_load_n(from + i, n - i), n - i);
}

// y[i] = a[i] + b[i]; y may be a or b
static void add_vectors(ptrdiff_t n, const float *a, const float *b, float *y) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(y + i, v16_load_first(a + i, lanes) + v16_load_first(b + i, lanes), lanes);
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
