// Batch normalisation, forward. The threads share out all planes of the batch, so that each reads and writes memory
// from one end to the other; what a plane's sums are is known plane by plane, and is combined channel by channel. Where
// planes are single numbers they share out the channels, in columns of sixteen.
#include "dispatch/kernel_set.h"
#include "norm/batch_norm_shares.h"

size_t ck_batch_norm_workspace_bytes(const ck_context *context, const ck_batch_norm *n) {
  const ptrdiff_t apart = activates_apart(n) ? 1 : 0, planes = context->threads * ((pools(n) ? 1 : 0) + apart);
  const ptrdiff_t floats = n->plane > 1 ? planes * ck_round_up(n->plane, CK_LANES) : apart * n->batch * n->channels;
  return (size_t)(pairs_floats(n) + floats) * sizeof(float);
}

// Where the values come from that are normalised, and where they go.
typedef struct {
  const float *x, *shortcut;
  float *y, *kept;
  uint8_t *argmax;
  float *workspace;
} norm_operands;

static void apply_planes(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range share,
                         const ck_norm_channels *channels, const norm_operands *o) {
  const ck_activation *f = &n->activation;
  const bool apart = activates_apart(n), rectifies = ck_batch_norm_rectifies(n);
  while (share.count > 0) {
    const image_planes p = take_last(n, &share);
    const ptrdiff_t at = planes_at(n, p);
    if (!pools(n)) {
      const ptrdiff_t each = apart ? 1 : p.count;
      for (ptrdiff_t i = 0; i < p.count; i += each) {
        const ptrdiff_t from = at + i * n->plane;
        float *to = (o->kept ? o->kept : o->y) + from;
        kernels->batch_norm_plane_apply(p.first + i, each, n->plane, n->plane, o->x + from, channels,
                                        o->shortcut ? o->shortcut + from : NULL, rectifies, to);
        if (apart)
          kernels->activation_forward[f->kind](f, n->plane, to, o->y + from);
      }
      continue;
    }
    const ck_pool2d pool = pool_of(n);
    float *full = my_plane(n, o->workspace);
    for (ptrdiff_t i = 0; i < p.count; i++) {
      const ptrdiff_t from = at + i * n->plane;
      kernels->batch_norm_plane_apply(p.first + i, 1, n->plane, n->plane, o->x + from, channels, NULL, rectifies, full);
      if (apart)
        kernels->activation_forward[f->kind](f, n->plane, full, full);
      kernels->max_pool_forward(&pool, 1, full, o->y + from / 4, o->argmax + from / 4);
    }
  }
}

static void apply_columns(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range columns,
                          const ck_norm_channels *channels, const norm_operands *o) {
  const ck_activation *f = &n->activation;
  float *to = o->kept ? o->kept : o->y;
  kernels->batch_norm_column_apply(n, columns.first, columns.count, o->x, channels, o->shortcut, to);
  for (ptrdiff_t i = 0; activates_apart(n) && i < n->batch; i++) {
    const ptrdiff_t at = i * n->channels + columns.first;
    kernels->activation_forward[f->kind](f, columns.count, to + at, o->y + at);
  }
}

// ---- training, forward ----

// The mean and the biased variance of some channels.
static void channel_statistics(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range columns, const float *x,
                               const float *moments, float *mean, float *variance) {
  const ptrdiff_t c = columns.first;
  if (n->plane == 1)
    kernels->batch_norm_column_moments(n, c, columns.count, x, mean, variance);
  else
    kernels->batch_norm_combine_moments(n, columns.count, moments + c, mean, variance);
}

typedef struct {
  const float *x, *moments;
  float *running_mean, *running_variance, *mean, *inverse_std;
} batch_statistics;

static void compute_statistics(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range columns,
                               const batch_statistics *s) {
  const float samples = (float)(n->batch * n->plane), keep = 1.0f - n->momentum;
  const float unbiased = samples > 1.0f ? samples / (samples - 1.0f) : 1.0f;
  const ptrdiff_t c = columns.first;
  float variance[CK_LANES];
  channel_statistics(kernels, n, columns, s->x, s->moments, s->mean + c, variance);
  kernels->batch_norm_inverse_std(columns.count, variance, n->epsilon, s->inverse_std + c);
  for (ptrdiff_t i = 0; i < columns.count; i++) {
    s->running_mean[c + i] = keep * s->running_mean[c + i] + n->momentum * s->mean[c + i];
    s->running_variance[c + i] = keep * s->running_variance[c + i] + n->momentum * (unbiased * variance[i]);
  }
}

static void compute_moments(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range share, const float *x,
                            float *moments) {
  while (share.count > 0) {
    const image_planes p = take_first(n, &share);
    float *mean = moments + pairs_at(n, p);
    kernels->batch_norm_plane_moments(p.first, p.count, n->plane, x + planes_at(n, p), mean, mean + n->channels);
  }
}

void ck_batch_norm_forward(const ck_context *context, const ck_batch_norm *n, const float *x, const float *moments,
                           const float *shortcut, const float *gamma, const float *beta, float *running_mean,
                           float *running_variance, float *y, float *kept, uint8_t *argmax, float *mean,
                           float *inverse_std, void *workspace) {
  const ck_norm_channels channels = {gamma, beta, mean, inverse_std};
  const norm_operands operands = {x, shortcut, y, kept, argmax, workspace};
  const batch_statistics statistics = {x,          moments ? moments : workspace, running_mean, running_variance, mean,
                                       inverse_std};
  CK_PARALLEL_REGION(team_for(context, n)) {
    const ck_kernel_set *kernels = context->kernels;
    const ck_range planes = ck_my_share(n->batch * n->channels, 1);
    ck_range mine = ck_my_share(n->channels, CK_LANES);
    if (n->plane > 1 && !moments) {
      compute_moments(kernels, n, planes, x, workspace);
      ck_barrier();
    }
    while (mine.count > 0) {
      const ck_range columns = take_columns(&mine);
      compute_statistics(kernels, n, columns, &statistics);
      if (n->plane == 1)
        apply_columns(kernels, n, columns, &channels, &operands);
    }
    if (n->plane > 1) {
      ck_barrier();
      apply_planes(kernels, n, planes, &channels, &operands);
    }
  }
}

void ck_batch_norm_statistics(const ck_context *context, const ck_batch_norm *n, const float *x, const float *moments,
                              float *mean, float *variance, void *workspace) {
  CK_PARALLEL_REGION(team_for(context, n)) {
    ck_range mine = ck_my_share(n->channels, CK_LANES);
    if (n->plane > 1 && !moments) {
      compute_moments(context->kernels, n, ck_my_share(n->batch * n->channels, 1), x, workspace);
      ck_barrier();
    }
    while (mine.count > 0) {
      const ck_range columns = take_columns(&mine);
      channel_statistics(context->kernels, n, columns, x, moments ? moments : workspace, mean + columns.first,
                         variance + columns.first);
    }
  }
}

// ---- with statistics that are known ----

void ck_batch_norm_inverse_std(const ck_context *context, ptrdiff_t channels, const float *variance, float epsilon,
                               float *inverse_std) {
  CK_WITHOUT_DENORMALS() {
    context->kernels->batch_norm_inverse_std(channels, variance, epsilon, inverse_std);
  }
}

void ck_batch_norm_apply(const ck_context *context, const ck_batch_norm *n, const float *x, const float *shortcut,
                         const ck_norm_channels *channels, float *y, float *kept, uint8_t *argmax, void *workspace) {
  const norm_operands operands = {x, shortcut, y, kept, argmax, workspace};
  CK_PARALLEL_REGION(team_for(context, n)) {
    if (n->plane > 1) {
      apply_planes(context->kernels, n, ck_my_share(n->batch * n->channels, 1), channels, &operands);
    } else {
      for (ck_range mine = ck_my_share(n->channels, CK_LANES); mine.count > 0;)
        apply_columns(context->kernels, n, take_columns(&mine), channels, &operands);
    }
  }
}

void ck_batch_norm_infer(const ck_context *context, const ck_batch_norm *n, const float *x, const float *shortcut,
                         const float *gamma, const float *beta, const float *running_mean,
                         const float *running_variance, float *y, uint8_t *argmax, void *workspace) {
  float *inverse_std = workspace;
  ck_batch_norm_inverse_std(context, n->channels, running_variance, n->epsilon, inverse_std);
  const ck_norm_channels channels = {gamma, beta, running_mean, inverse_std};
  ck_batch_norm_apply(context, n, x, shortcut, &channels, y, NULL, argmax, workspace);
}
