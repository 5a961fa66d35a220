// Group normalisation of one group of one sample, whose numbers lie without gaps.
#include "ck_group_norm.h"
#include "simd/v16.h"

// The sum of (x - center)^power, power 1 or 2. Four vectors of sums, so that an addition does not wait for the one
// before.
CK_INLINE float group_moment(ptrdiff_t n, const float *x, float center, const int power) {
  v16 part[4] = {v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f)};
  ptrdiff_t i = 0;
  for (; i + 4 * CK_LANES <= n; i += 4 * CK_LANES) {
    CK_UNROLL for (int v = 0; v < 4; v++) {
      const v16 d = v16_load(x + i + v * CK_LANES) - center;
      part[v] = power == 1 ? part[v] + d : v16_fma(d, d, part[v]);
    }
  }
  for (; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16 d = v16_load_first(x + i, lanes) - center;
    if (lanes < CK_LANES)
      d = v16_select(v16i_iota() < (int32_t)lanes, d, v16_splat(0.0f));
    part[0] = power == 1 ? part[0] + d : v16_fma(d, d, part[0]);
  }
  return v16_sum((part[0] + part[1]) + (part[2] + part[3]));
}

static void group_norm_forward(const ck_group_norm *s, const float *x, const float *gamma, const float *beta, float *y,
                               float *mean, float *inverse_std) {
  const ptrdiff_t n = s->channels * s->plane;
  const float center = group_moment(n, x, 0.0f, 1) / (float)n;
  const float variance = group_moment(n, x, center, 2) / (float)n;
  const v16 inverse = 1.0f / v16_sqrt(v16_splat(variance) + s->epsilon);
  *mean = center;
  *inverse_std = inverse.x;
  const ptrdiff_t segments = s->plane == 1 ? 1 : s->channels, length = n / segments;
  for (ptrdiff_t c = 0; c < segments; c++, x += length, y += length) {
    v16 factor = v16_splat(gamma ? gamma[c] : 1.0f), summand = v16_splat(beta ? beta[c] : 0.0f);
    for (ptrdiff_t i = 0; i < length; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(length, i);
      if (s->plane == 1 && gamma)
        factor = v16_load_first(gamma + i, lanes);
      if (s->plane == 1 && beta)
        summand = v16_load_first(beta + i, lanes);
      const v16 normalised = (v16_load_first(x + i, lanes) - center) * inverse;
      v16_store_first(y + i, v16_fma(normalised, factor, summand), lanes);
    }
  }
}

// The sums of gamma * dy and of gamma * dy * the normalised x over the group. Adds those of dy * the normalised x and
// of dy of each channel to dgamma and dbeta.
CK_INLINE void group_norm_sums(const ck_group_norm *s, const float *dy, const float *x, const float *gamma, float mean,
                               float inverse_std, float *dgamma, float *dbeta, v16 sums[2]) {
  sums[0] = sums[1] = v16_splat(0.0f);
  const ptrdiff_t segments = s->plane == 1 ? 1 : s->channels, length = s->channels * s->plane / segments;
  for (ptrdiff_t c = 0; c < segments; c++, x += length, dy += length) {
    v16 dy_sum = v16_splat(0.0f), dy_x_sum = v16_splat(0.0f);
    for (ptrdiff_t i = 0; i < length; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(length, i);
      const v16 d = v16_load_first(dy + i, lanes);
      const v16 d_x = d * ((v16_load_first(x + i, lanes) - mean) * inverse_std); // beyond the lanes, d is 0
      if (s->plane > 1) {
        dy_sum += d;
        dy_x_sum += d_x;
        continue;
      }
      const v16 factor = gamma ? v16_load_first(gamma + i, lanes) : v16_splat(1.0f);
      sums[0] = v16_fma(d, factor, sums[0]);
      sums[1] = v16_fma(d_x, factor, sums[1]);
      v16_store_first(dgamma + i, v16_load_first(dgamma + i, lanes) + d_x, lanes);
      v16_store_first(dbeta + i, v16_load_first(dbeta + i, lanes) + d, lanes);
    }
    if (s->plane > 1) {
      const v16 factor = v16_splat(gamma ? gamma[c] : 1.0f);
      sums[0] = v16_fma(dy_sum, factor, sums[0]);
      sums[1] = v16_fma(dy_x_sum, factor, sums[1]);
      dgamma[c] += v16_sum(dy_x_sum);
      dbeta[c] += v16_sum(dy_sum);
    }
  }
}

// dx = inverse_std * (gamma * dy - its mean - normalised x * the mean of (gamma * dy * normalised x)); dx may be NULL.
static void group_norm_backward(const ck_group_norm *s, const float *dy, const float *x, const float *gamma, float mean,
                                float inverse_std, float *dx, float *dgamma, float *dbeta) {
  v16 sums[2];
  group_norm_sums(s, dy, x, gamma, mean, inverse_std, dgamma, dbeta, sums);
  if (dx == NULL)
    return;
  const ptrdiff_t n = s->channels * s->plane;
  const float dy_mean = v16_sum(sums[0]) / (float)n, dy_x_mean = v16_sum(sums[1]) / (float)n;
  const ptrdiff_t segments = s->plane == 1 ? 1 : s->channels, length = n / segments;
  for (ptrdiff_t c = 0; c < segments; c++, x += length, dy += length, dx += length) {
    v16 factor = v16_splat(gamma ? gamma[c] : 1.0f);
    for (ptrdiff_t i = 0; i < length; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(length, i);
      if (s->plane == 1 && gamma)
        factor = v16_load_first(gamma + i, lanes);
      const v16 normalised = (v16_load_first(x + i, lanes) - mean) * inverse_std;
      const v16 d = v16_load_first(dy + i, lanes) * factor;
      v16_store_first(dx + i, inverse_std * (d - dy_mean - normalised * dy_x_mean), lanes);
    }
  }
}
