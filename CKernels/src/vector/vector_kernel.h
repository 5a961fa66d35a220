// Scaling, clamping and moving averages, element by element.
#include "simd/v16.h"

static void scale(ptrdiff_t n, float factor, float *x) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_part(x + i, v16_load_part(x + i, lanes) * factor, lanes);
  }
}

static void clamp(ptrdiff_t n, float limit, float *x) {
  const v16 high = v16_splat(limit), low = v16_splat(-limit);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_part(x + i, v16_flush(v16_min(high, v16_max(low, v16_load_part(x + i, lanes)))), lanes);
  }
}

static void lerp(ptrdiff_t n, float weight, const float *x, float *y) {
  const v16 w = v16_splat(weight);
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    const v16 old = v16_load_part(y + i, lanes);
    v16_store_part(y + i, v16_fma(w, v16_load_part(x + i, lanes) - old, old), lanes);
  }
}
