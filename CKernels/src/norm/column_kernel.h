// Batch normalisation where a plane is a single number: `lanes` channels side by side, rows `channels` floats apart;
// and what is done to channels rather than their elements.
#include "norm/normalise.h"

CK_INLINE norm_lanes norm_lanes_at(const ck_norm_channels *c, ptrdiff_t channel, ptrdiff_t lanes) {
  return (norm_lanes){v16_load_first(c->mean + channel, lanes), v16_load_first(c->inverse_std + channel, lanes),
                      v16_load_first(c->gamma + channel, lanes), v16_load_first(c->beta + channel, lanes)};
}

static void batch_norm_column_moments(const ck_batch_norm *n, ptrdiff_t first, ptrdiff_t lanes, const float *x,
                                      float *mean, float *variance) {
  v16 total = v16_splat(0.0f), squares = v16_splat(0.0f);
  x += first;
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

static void batch_norm_column_apply(const ck_batch_norm *n, ptrdiff_t first, ptrdiff_t lanes, const float *x,
                                    const ck_norm_channels *of, const float *shortcut, float *y) {
  const norm_lanes c = norm_lanes_at(of, first, lanes);
  const bool rectifies = ck_batch_norm_rectifies(n);
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const ptrdiff_t at = b * n->channels + first;
    v16 v = norm_apply(c, v16_load_first(x + at, lanes));
    if (shortcut)
      v += v16_load_first(shortcut + at, lanes);
    v16_store_first(y + at, rectifies ? norm_rectify(v) : v, lanes);
  }
}

// The gradient that reaches the normalised values, as norm_source of norm/plane_kernel.h says; dy itself where it has
// been through another activation than a ReLU.
CK_INLINE v16 norm_column_gradient(const ck_batch_norm *n, norm_lanes c, ptrdiff_t lanes, const float *dy, v16 x,
                                   const float *y) {
  const v16 d = v16_load_first(dy, lanes);
  if (!ck_batch_norm_rectifies(n))
    return d;
  return norm_rectified_gradient(y ? v16_load_first(y, lanes) : norm_apply(c, x), d);
}

static void batch_norm_column_sums(const ck_batch_norm *n, ptrdiff_t first, ptrdiff_t lanes, const float *dy,
                                   const float *x, const float *y, const ck_norm_channels *of, float *dshortcut,
                                   float *dgamma, float *dbeta) {
  const norm_lanes c = norm_lanes_at(of, first, lanes);
  v16 dy_sum = v16_splat(0.0f), dy_x_sum = v16_splat(0.0f);
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const ptrdiff_t at = b * n->channels + first;
    const v16 v = v16_load_first(x + at, lanes), d = norm_column_gradient(n, c, lanes, dy + at, v, y ? y + at : NULL);
    dy_sum += d;
    dy_x_sum = v16_fma(d, (v - c.mean) * c.inverse_std, dy_x_sum);
    if (dshortcut)
      v16_store_first(dshortcut + at, d, lanes);
  }
  v16_store_first(dgamma, dy_x_sum, lanes);
  v16_store_first(dbeta, dy_sum, lanes);
}

static void batch_norm_column_gradient(const ck_batch_norm *n, ptrdiff_t first, ptrdiff_t lanes, const float *dy,
                                       const ck_norm_gradient *of, float *dx) {
  const norm_lanes c = norm_lanes_at(&of->channels, first, lanes);
  const bool relu = of->activates && of->activation.kind == CK_RELU;
  const v16 dy_mean = v16_load_first(of->dbeta + first, lanes) / of->samples;
  const v16 dy_x_mean = v16_load_first(of->dgamma + first, lanes) / of->samples;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const ptrdiff_t at = b * n->channels + first;
    const v16 v = v16_load_first(of->x + at, lanes), d = v16_load_first(dy + at, lanes);
    const v16 through = relu ? norm_rectified_gradient(norm_apply(c, v), d) : d;
    v16_store_first(dx + at, norm_gradient(c, through, v, dy_mean, dy_x_mean), lanes);
  }
}

// ---- channels ----

// Mean and biased variance of `lanes` channels from the moments of their planes, `moments` those of the first image.
static void batch_norm_combine_moments(const ck_batch_norm *n, ptrdiff_t lanes, const float *moments, float *mean,
                                       float *variance) {
  const double images = (double)n->batch;
  v16d total = 0.0, inside = 0.0, between = 0.0;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const float *at = moments + 2 * b * n->channels;
    total += v16_to_doubles(v16_load_first(at, lanes));
    inside += v16_to_doubles(v16_load_first(at + n->channels, lanes));
  }
  const v16d center = total / images;
  for (ptrdiff_t b = 0; b < n->batch; b++) {
    const v16d d = v16_to_doubles(v16_load_first(moments + 2 * b * n->channels, lanes)) - center;
    between += d * d;
  }
  v16_store_first(mean, v16_of_doubles(center), lanes);
  v16_store_first(variance, v16_of_doubles((inside / (double)n->plane + between) / images), lanes);
}

// The sums over all images of two numbers for each of `lanes` channels, laid out like moments.
static void batch_norm_combine_sums(const ck_batch_norm *n, ptrdiff_t lanes, const float *sums, float *first,
                                    float *second) {
  v16d total[2] = {0.0, 0.0};
  for (ptrdiff_t b = 0; b < n->batch; b++)
    CK_UNROLL for (int i = 0; i < 2; i++) total[i] +=
        v16_to_doubles(v16_load_first(sums + (2 * b + i) * n->channels, lanes));
  v16_store_first(first, v16_of_doubles(total[0]), lanes);
  v16_store_first(second, v16_of_doubles(total[1]), lanes);
}

// inverse_std = 1 / sqrt(variance + epsilon), element by element.
static void batch_norm_inverse_std(ptrdiff_t n, const float *variance, float epsilon, float *inverse_std) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    v16_store_first(inverse_std + i, norm_inverse_std(v16_load_first(variance + i, lanes), epsilon), lanes);
  }
}
