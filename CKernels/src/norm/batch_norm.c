// Batch normalisation: channels are shared out among the threads, in columns of sixteen where planes are single
// numbers.
#include "ck_norm.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { NORM_GRAIN = 16384 }; // elements that are worth another thread

static int team_for(const ck_context *context, const ck_batch_norm *n) {
  return ck_team(context, n->batch * n->channels * n->plane, NORM_GRAIN);
}
static ptrdiff_t unit_of(const ck_batch_norm *n) { return n->plane == 1 ? CK_LANES : 1; }

static void apply(const ck_kernel_set *kernels, const ck_batch_norm *n, ptrdiff_t channel, ptrdiff_t count,
                  const float *x, const float *mean, const float *inverse_std, const float *gamma, const float *beta,
                  float *y) {
  const ptrdiff_t at = channel * n->plane;
  if (n->plane == 1)
    kernels->batch_norm_column_apply(n, count, x + at, mean, inverse_std, gamma + channel, beta + channel, y + at);
  else
    kernels->batch_norm_plane_apply(n, x + at, *mean, *inverse_std, gamma[channel], beta[channel], y + at);
}

void ck_batch_norm_forward(const ck_context *context, const ck_batch_norm *n, const float *x, const float *gamma,
                           const float *beta, float *running_mean, float *running_variance, float *y, float *mean,
                           float *inverse_std) {
  const float samples = (float)(n->batch * n->plane), keep = 1.0f - n->momentum;
  const float unbiased = samples > 1.0f ? samples / (samples - 1.0f) : 1.0f;
  CK_PARALLEL(team_for(context, n), n->channels, unit_of(n), share) {
    const ck_kernel_set *kernels = context->kernels;
    const ptrdiff_t unit = unit_of(n), end = share.first + share.count;
    for (ptrdiff_t c = share.first; c < end; c += unit) {
      const ptrdiff_t count = end - c < unit ? end - c : unit;
      float variance[CK_LANES];
      if (n->plane == 1)
        kernels->batch_norm_column_moments(n, count, x + c, mean + c, variance);
      else
        kernels->batch_norm_plane_moments(n, x + c * n->plane, mean + c, variance);
      kernels->batch_norm_inverse_std(count, variance, n->epsilon, inverse_std + c);
      for (ptrdiff_t i = 0; i < count; i++) {
        running_mean[c + i] = keep * running_mean[c + i] + n->momentum * mean[c + i];
        running_variance[c + i] = keep * running_variance[c + i] + n->momentum * (unbiased * variance[i]);
      }
      apply(kernels, n, c, count, x, mean + c, inverse_std + c, gamma, beta, y);
    }
  }
}

void ck_batch_norm_infer(const ck_context *context, const ck_batch_norm *n, const float *x, const float *gamma,
                         const float *beta, const float *running_mean, const float *running_variance, float *y) {
  CK_PARALLEL(team_for(context, n), n->channels, unit_of(n), share) {
    const ptrdiff_t unit = unit_of(n), end = share.first + share.count;
    for (ptrdiff_t c = share.first; c < end; c += unit) {
      const ptrdiff_t count = end - c < unit ? end - c : unit;
      float inverse_std[CK_LANES];
      context->kernels->batch_norm_inverse_std(count, running_variance + c, n->epsilon, inverse_std);
      apply(context->kernels, n, c, count, x, running_mean + c, inverse_std, gamma, beta, y);
    }
  }
}

void ck_batch_norm_backward(const ck_context *context, const ck_batch_norm *n, const float *dy, const float *x,
                            const float *gamma, const float *mean, const float *inverse_std, float *dx, float *dgamma,
                            float *dbeta) {
  CK_PARALLEL(team_for(context, n), n->channels, unit_of(n), share) {
    const ck_kernel_set *kernels = context->kernels;
    const ptrdiff_t unit = unit_of(n), end = share.first + share.count;
    for (ptrdiff_t c = share.first; c < end; c += unit) {
      const ptrdiff_t count = end - c < unit ? end - c : unit, at = c * n->plane;
      float *dx_at = dx ? dx + at : NULL;
      if (n->plane == 1)
        kernels->batch_norm_column_backward(n, count, dy + at, x + at, gamma + c, mean + c, inverse_std + c, dx_at,
                                            dgamma + c, dbeta + c);
      else
        kernels->batch_norm_plane_backward(n, dy + at, x + at, gamma[c], mean[c], inverse_std[c], dx_at, dgamma + c,
                                           dbeta + c);
    }
  }
}
