// Batch normalisation of the planes of one image, those of the channels `first` ... `first + channels - 1`: x and the
// others point to the first of them. Planes are `step` floats apart; of each `count` are taken.
#include "norm/normalise.h"

CK_INLINE norm_lanes norm_lanes_of(const ck_norm_channels *c, ptrdiff_t channel) {
  return (norm_lanes){v16_splat(c->mean[channel]), v16_splat(c->inverse_std[channel]), v16_splat(c->gamma[channel]),
                      v16_splat(c->beta[channel])};
}

// The mean of each whole plane, and the sum of its squared deviations from that; the second pass finds it in the cache.
static void batch_norm_plane_moments(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t plane, const float *x, float *mean,
                                     float *squares) {
  for (ptrdiff_t c = first; c < first + channels; c++) {
    const float *at = x + (c - first) * plane;
    v16 part[4] = {v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f), v16_splat(0.0f)};
    ptrdiff_t i = 0;
    for (; i + 4 * CK_LANES <= plane; i += 4 * CK_LANES)
      CK_UNROLL for (int v = 0; v < 4; v++) part[v] += v16_load(at + i + v * CK_LANES);
    for (; i < plane; i += CK_LANES)
      part[0] += v16_load_first(at + i, ck_lanes_left(plane, i));
    const float center = v16_sum((part[0] + part[1]) + (part[2] + part[3])) / (float)plane;
    CK_UNROLL for (int v = 0; v < 4; v++) part[v] = v16_splat(0.0f);
    for (i = 0; i + 4 * CK_LANES <= plane; i += 4 * CK_LANES) {
      CK_UNROLL for (int v = 0; v < 4; v++) {
        const v16 d = v16_load(at + i + v * CK_LANES) - center;
        part[v] = v16_fma(d, d, part[v]);
      }
    }
    for (; i < plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(plane, i);
      v16 d = v16_load_first(at + i, lanes) - center;
      if (lanes < CK_LANES)
        d = v16_select(v16i_iota() < (int32_t)lanes, d, v16_splat(0.0f));
      part[0] = v16_fma(d, d, part[0]);
    }
    mean[c] = center;
    squares[c] = v16_sum((part[0] + part[1]) + (part[2] + part[3]));
  }
}

// y = gamma * (x - mean) * inverse_std + beta [+ shortcut], then ReLU if it is wanted.
CK_INLINE void norm_apply_planes(const bool adds, const bool relu, ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count,
                                 ptrdiff_t step, const float *x, const ck_norm_channels *of, const float *shortcut,
                                 float *y) {
  for (ptrdiff_t channel = first; channel < first + channels; channel++) {
    const norm_lanes c = norm_lanes_of(of, channel);
    for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(count, i), at = (channel - first) * step + i;
      v16 v = norm_apply(c, v16_load_first(x + at, lanes));
      if (adds)
        v += v16_load_first(shortcut + at, lanes);
      v16_store_first(y + at, relu ? norm_rectify(v) : v, lanes);
    }
  }
}

static void batch_norm_plane_apply(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count, ptrdiff_t step, const float *x,
                                   const ck_norm_channels *of, const float *shortcut, bool relu, float *y) {
  if (shortcut && relu)
    norm_apply_planes(true, true, first, channels, count, step, x, of, shortcut, y);
  else if (shortcut)
    norm_apply_planes(true, false, first, channels, count, step, x, of, shortcut, y);
  else
    norm_apply_planes(false, relu, first, channels, count, step, x, of, NULL, y);
}

// Where the gradient that reaches the normalised values comes from.
typedef enum {
  NORM_DY,      // from dy as it is
  NORM_APPLIED, // from what a ReLU of the normalised values lets through
  NORM_SIGN,    // from what it lets through by the sign of its output
} norm_source;

// Sums over each whole plane: of that gradient, and of its products with the normalised values. `through` becomes the
// gradient, or is NULL.
CK_INLINE void norm_sum_planes(const norm_source source, ptrdiff_t first, ptrdiff_t channels, ptrdiff_t plane,
                               const float *dy, const float *x, const float *y, const ck_norm_channels *of,
                               float *through, float *dy_sum, float *dy_x_sum) {
  for (ptrdiff_t channel = first; channel < first + channels; channel++) {
    const norm_lanes c = norm_lanes_of(of, channel);
    v16 dy_part[2] = {v16_splat(0.0f), v16_splat(0.0f)}, dy_x_part[2] = {v16_splat(0.0f), v16_splat(0.0f)};
    for (ptrdiff_t i = 0; i < plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(plane, i), at = (channel - first) * plane + i, part = i / CK_LANES & 1;
      const v16 v = v16_load_first(x + at, lanes);
      v16 d = v16_load_first(dy + at, lanes);
      if (source != NORM_DY)
        d = norm_rectified_gradient(source == NORM_SIGN ? v16_load_first(y + at, lanes) : norm_apply(c, v), d);
      if (through)
        v16_store_first(through + at, d, lanes);
      dy_part[part] += d;
      dy_x_part[part] = v16_fma(d, (v - c.mean) * c.inverse_std, dy_x_part[part]);
    }
    dy_sum[channel] = v16_sum(dy_part[0] + dy_part[1]);
    dy_x_sum[channel] = v16_sum(dy_x_part[0] + dy_x_part[1]);
  }
}

static void batch_norm_plane_sums(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t plane, const float *dy, const float *x,
                                  const float *y, bool relu, const ck_norm_channels *of, float *through, float *dy_sum,
                                  float *dy_x_sum) {
  if (relu && y)
    norm_sum_planes(NORM_SIGN, first, channels, plane, dy, x, y, of, through, dy_sum, dy_x_sum);
  else if (relu)
    norm_sum_planes(NORM_APPLIED, first, channels, plane, dy, x, NULL, of, through, dy_sum, dy_x_sum);
  else
    norm_sum_planes(NORM_DY, first, channels, plane, dy, x, NULL, of, through, dy_sum, dy_x_sum);
}

// The input's gradient; the planes of dy and dx are `dy_step` and `dx_step` apart.
CK_INLINE void norm_gradient_planes(const bool relu, ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count,
                                    const float *dy, ptrdiff_t dy_step, const float *x, ptrdiff_t step,
                                    const ck_norm_gradient *of, float *dx, ptrdiff_t dx_step) {
  for (ptrdiff_t channel = first; channel < first + channels; channel++) {
    const norm_lanes c = norm_lanes_of(&of->channels, channel);
    const v16 dy_mean = v16_splat(of->dbeta[channel] / of->samples);
    const v16 dy_x_mean = v16_splat(of->dgamma[channel] / of->samples);
    for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(count, i), plane = channel - first;
      const v16 v = v16_load_first(x + plane * step + i, lanes), d = v16_load_first(dy + plane * dy_step + i, lanes);
      const v16 through = relu ? norm_rectified_gradient(norm_apply(c, v), d) : d;
      v16_store_first(dx + plane * dx_step + i, norm_gradient(c, through, v, dy_mean, dy_x_mean), lanes);
    }
  }
}

static void batch_norm_plane_gradient(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count, const float *dy,
                                      ptrdiff_t dy_step, const float *x, ptrdiff_t step, const ck_norm_gradient *of,
                                      float *dx, ptrdiff_t dx_step) {
  if (of->activates && of->activation.kind == CK_RELU)
    norm_gradient_planes(true, first, channels, count, dy, dy_step, x, step, of, dx, dx_step);
  else
    norm_gradient_planes(false, first, channels, count, dy, dy_step, x, step, of, dx, dx_step);
}
