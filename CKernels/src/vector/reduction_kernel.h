// Sums of all elements. Several vectors of lane sums add up side by side, so that an addition does not wait for the one
// before; at the end a fixed tree adds their lanes.
#include "simd/v16.h"

static float sum(ptrdiff_t n, const float *x) {
  v16 part[4] = {v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f)};
  ptrdiff_t i = 0;
  for (; i + 4 * CK_LANES <= n; i += 4 * CK_LANES)
    CK_UNROLL for (int v = 0; v < 4; v++) part[v] += v16_load(x + i + v * CK_LANES);
  for (; i + CK_LANES <= n; i += CK_LANES)
    part[0] += v16_load(x + i);
  if (i < n)
    part[1] += v16_load_n(x + i, n - i);
  return v16_sum((part[0] + part[1]) + (part[2] + part[3]));
}

// Sum of x[i]^2.
static float squared_sum(ptrdiff_t n, const float *x) {
  v16 part[2] = {v16_splat(0.0f), v16_splat(0.0f)};
  ptrdiff_t i = 0;
  for (; i + 2 * CK_LANES <= n; i += 2 * CK_LANES) {
    const v16 a = v16_load(x + i), b = v16_load(x + i + CK_LANES);
    part[0] = v16_fma(a, a, part[0]);
    part[1] = v16_fma(b, b, part[1]);
  }
  for (; i < n; i += CK_LANES) {
    const v16 a = v16_load_first(x + i, ck_lanes_left(n, i));
    part[0] = v16_fma(a, a, part[0]);
  }
  return v16_sum(part[0] + part[1]);
}
