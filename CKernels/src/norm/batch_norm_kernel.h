// Batch normalisation of one channel's planes, and of sixteen columns at once where a plane is a single number.
#include "ck_norm.h"
#include "simd/v16.h"

// What normalising needs of a channel, and what the backward pass adds up.
typedef struct {
  v16 mean, inverse_std, gamma, beta;
} norm_lanes;

CK_INLINE v16 norm_inverse_std(v16 variance, float epsilon) { return 1.0f / v16_sqrt(variance + epsilon); }

CK_INLINE v16 norm_apply(norm_lanes c, v16 x) { return v16_fma((x - c.mean) * c.inverse_std, c.gamma, c.beta); }

// dx = gamma * inverse_std * (dy - mean of dy - normalised x * mean of (dy * normalised x))
CK_INLINE v16 norm_gradient(norm_lanes c, v16 dy, v16 x, v16 dy_mean, v16 dy_x_mean) {
  const v16 normalised = (x - c.mean) * c.inverse_std;
  return c.gamma * c.inverse_std * (dy - dy_mean - normalised * dy_x_mean);
}

// ---- planes: sums over one channel, whose planes lie `step` floats apart ----

typedef struct {
  ptrdiff_t batch, plane, step;
} norm_planes;

// Sum of (x - center)^power, power 1 or 2, over a channel.
CK_INLINE float norm_moment(norm_planes s, const float *x, float center, const int power) {
  double total = 0.0;
  for (ptrdiff_t b = 0; b < s.batch; b++, x += s.step) {
    v16 part[2] = {v16_splat(0.0f), v16_splat(0.0f)};
    for (ptrdiff_t i = 0; i < s.plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(s.plane, i);
      v16 d = v16_load_first(x + i, lanes) - center;
      if (lanes < CK_LANES)
        d = v16_select(v16i_iota() < (int32_t)lanes, d, v16_splat(0.0f));
      part[(i / CK_LANES) & 1] = power == 1 ? part[(i / CK_LANES) & 1] + d : v16_fma(d, d, part[(i / CK_LANES) & 1]);
    }
    total += (double)v16_sum(part[0] + part[1]);
  }
  return (float)(total / (double)(s.batch * s.plane));
}

static void batch_norm_plane_moments(const ck_batch_norm *n, const float *x, float *mean, float *variance) {
  const norm_planes s = {n->batch, n->plane, n->channels * n->plane};
  *mean = norm_moment(s, x, 0.0f, 1);
  *variance = norm_moment(s, x, *mean, 2);
}

static void batch_norm_plane_apply(const ck_batch_norm *n, const float *x, float mean, float inverse_std, float gamma,
                                   float beta, float *y) {
  const norm_lanes c = {v16_splat(mean), v16_splat(inverse_std), v16_splat(gamma), v16_splat(beta)};
  const ptrdiff_t step = n->channels * n->plane;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    for (ptrdiff_t i = 0; i < n->plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(n->plane, i), at = b * step + i;
      v16_store_first(y + at, norm_apply(c, v16_load_first(x + at, lanes)), lanes);
    }
  }
}

static void batch_norm_plane_backward(const ck_batch_norm *n, const float *dy, const float *x, float gamma, float mean,
                                      float inverse_std, float *dx, float *dgamma, float *dbeta) {
  const norm_lanes c = {v16_splat(mean), v16_splat(inverse_std), v16_splat(gamma), v16_splat(0.0f)};
  const ptrdiff_t step = n->channels * n->plane;
  double dy_sum = 0.0, dy_x_sum = 0.0;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    v16 dy_part = v16_splat(0.0f), dy_x_part = v16_splat(0.0f);
    for (ptrdiff_t i = 0; i < n->plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(n->plane, i), at = b * step + i;
      const v16 d = v16_load_first(dy + at, lanes), v = v16_load_first(x + at, lanes);
      dy_part += d;
      dy_x_part = v16_fma(d, (v - c.mean) * c.inverse_std, dy_x_part);
    }
    dy_sum += (double)v16_sum(dy_part);
    dy_x_sum += (double)v16_sum(dy_x_part);
  }
  *dgamma = (float)dy_x_sum;
  *dbeta = (float)dy_sum;
  if (dx == NULL)
    return;
  const double count = (double)(n->batch * n->plane);
  const v16 dy_mean = v16_splat((float)(dy_sum / count)), dy_x_mean = v16_splat((float)(dy_x_sum / count));
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    for (ptrdiff_t i = 0; i < n->plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(n->plane, i), at = b * step + i;
      const v16 d = v16_load_first(dy + at, lanes), v = v16_load_first(x + at, lanes);
      v16_store_first(dx + at, norm_gradient(c, d, v, dy_mean, dy_x_mean), lanes);
    }
  }
}

// ---- columns: `lanes` channels side by side, rows `channels` floats apart ----

static void batch_norm_column_moments(const ck_batch_norm *n, ptrdiff_t lanes, const float *x, float *mean,
                                      float *variance) {
  v16 total = v16_splat(0.0f), squares = v16_splat(0.0f);
  for (ptrdiff_t b = 0; b < n->batch; b++)
    total += v16_load_first(x + b * n->channels, lanes);
  const v16 center = total / (float)n->batch;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const v16 d = v16_load_first(x + b * n->channels, lanes) - center;
    squares = v16_fma(d, d, squares);
  }
  v16_store_first(mean, center, lanes);
  v16_store_first(variance, squares / (float)n->batch, lanes);
}

static void batch_norm_column_apply(const ck_batch_norm *n, ptrdiff_t lanes, const float *x, const float *mean,
                                    const float *inverse_std, const float *gamma, const float *beta, float *y) {
  const norm_lanes c = {v16_load_first(mean, lanes), v16_load_first(inverse_std, lanes), v16_load_first(gamma, lanes),
                        v16_load_first(beta, lanes)};
  for (ptrdiff_t b = 0; b < n->batch; b++)
    v16_store_first(y + b * n->channels, norm_apply(c, v16_load_first(x + b * n->channels, lanes)), lanes);
}

static void batch_norm_column_backward(const ck_batch_norm *n, ptrdiff_t lanes, const float *dy, const float *x,
                                       const float *gamma, const float *mean, const float *inverse_std, float *dx,
                                       float *dgamma, float *dbeta) {
  const norm_lanes c = {v16_load_first(mean, lanes), v16_load_first(inverse_std, lanes), v16_load_first(gamma, lanes),
                        v16_splat(0.0f)};
  v16 dy_sum = v16_splat(0.0f), dy_x_sum = v16_splat(0.0f);
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const v16 d = v16_load_first(dy + b * n->channels, lanes), v = v16_load_first(x + b * n->channels, lanes);
    dy_sum += d;
    dy_x_sum = v16_fma(d, (v - c.mean) * c.inverse_std, dy_x_sum);
  }
  v16_store_first(dgamma, dy_x_sum, lanes);
  v16_store_first(dbeta, dy_sum, lanes);
  if (dx == NULL)
    return;
  const v16 dy_mean = dy_sum / (float)n->batch, dy_x_mean = dy_x_sum / (float)n->batch;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const ptrdiff_t at = b * n->channels;
    const v16 d = v16_load_first(dy + at, lanes), v = v16_load_first(x + at, lanes);
    v16_store_first(dx + at, norm_gradient(c, d, v, dy_mean, dy_x_mean), lanes);
  }
}

// inverse_std = 1 / sqrt(variance + epsilon), element by element.
static void batch_norm_inverse_std(ptrdiff_t n, const float *variance, float epsilon, float *inverse_std) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(inverse_std + i, norm_inverse_std(v16_load_first(variance + i, lanes), epsilon), lanes);
  }
}
