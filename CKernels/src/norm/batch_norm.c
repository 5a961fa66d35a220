// Batch normalisation. The threads share out all planes of the batch, so that each reads and writes memory from one end
// to the other; what a plane's sums are is known plane by plane, and is combined channel by channel. Where planes are
// single numbers they share out the channels, in columns of sixteen.
#include "ck_norm.h"
#include "ck_pool.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"
#include "norm/activated.h"

enum { NORM_GRAIN = 16384 }; // elements that are worth another thread

static bool pools(const ck_batch_norm *n) { return n->post_op == CK_NORM_ACTIVATION_MAX_POOL; }
// Whether an activation follows that takes passes of its own, over a plane that is in the cache.
static bool activates_apart(const ck_batch_norm *n) {
  return n->post_op != CK_NORM_NONE && !ck_batch_norm_rectifies(n);
}
static ck_pool2d pool_of(const ck_batch_norm *n) {
  return (ck_pool2d){n->plane / n->width, n->width, 2, 2, 2, 2, 0, 0};
}

// Two numbers for each plane, or one for each channel. With pooling, each thread has a plane at full size; another one
// for the gradient of an activation, which is the batch's where planes are single numbers.
static ptrdiff_t pairs_floats(const ck_batch_norm *n) {
  return ck_round_up(n->plane == 1 ? n->channels : ck_batch_norm_moments(n), CK_LANES);
}
size_t ck_batch_norm_workspace_bytes(const ck_context *context, const ck_batch_norm *n) {
  const ptrdiff_t apart = activates_apart(n) ? 1 : 0, planes = context->threads * ((pools(n) ? 1 : 0) + apart);
  const ptrdiff_t floats = n->plane > 1 ? planes * ck_round_up(n->plane, CK_LANES) : apart * n->batch * n->channels;
  return (size_t)(pairs_floats(n) + floats) * sizeof(float);
}
static float *my_plane(const ck_batch_norm *n, float *workspace) {
  const ptrdiff_t each = (pools(n) ? 1 : 0) + (activates_apart(n) ? 1 : 0);
  return workspace + pairs_floats(n) + omp_get_thread_num() * each * ck_round_up(n->plane, CK_LANES);
}
// What an activation's gradient is computed in.
static float *my_gradient(const ck_batch_norm *n, float *workspace) {
  return my_plane(n, workspace) + (pools(n) ? ck_round_up(n->plane, CK_LANES) : 0);
}

static int team_for(const ck_context *context, const ck_batch_norm *n) {
  return ck_team(context, n->batch * n->channels * n->plane, NORM_GRAIN);
}

// Some planes of one image.
typedef struct {
  ptrdiff_t image, first, count;
} image_planes;

// Takes the first or the last image's planes off a share of all planes. What was read last is in the cache still, so
// that a second pass begins there.
static image_planes take_first(const ck_batch_norm *n, ck_range *share) {
  const ptrdiff_t image = share->first / n->channels, first = share->first % n->channels;
  const ptrdiff_t count = ck_min(n->channels - first, share->count);
  share->first += count;
  share->count -= count;
  return (image_planes){image, first, count};
}
static image_planes take_last(const ck_batch_norm *n, ck_range *share) {
  const ptrdiff_t end = share->first + share->count, image = (end - 1) / n->channels;
  const ptrdiff_t first = ck_max(share->first, image * n->channels);
  share->count = first - share->first;
  return (image_planes){image, first - image * n->channels, end - first};
}
// Where those planes start, and the image's two numbers for each channel.
static ptrdiff_t planes_at(const ck_batch_norm *n, image_planes p) {
  return (p.image * n->channels + p.first) * n->plane;
}
static ptrdiff_t pairs_at(const ck_batch_norm *n, image_planes p) { return 2 * p.image * n->channels; }

// The next columns of a share of the channels.
static ck_range take_columns(ck_range *share) {
  const ck_range columns = {share->first, ck_min(CK_LANES, share->count)};
  share->first += columns.count;
  share->count -= columns.count;
  return columns;
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
  if (n->plane == 1)
    kernels->batch_norm_column_moments(n, c, columns.count, s->x, s->mean + c, variance);
  else
    kernels->batch_norm_combine_moments(n, columns.count, s->moments + c, s->mean + c, variance);
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

// ---- inference ----

void ck_batch_norm_inverse_std(const ck_context *context, ptrdiff_t channels, const float *variance, float epsilon,
                               float *inverse_std) {
  CK_WITHOUT_DENORMALS() {
    context->kernels->batch_norm_inverse_std(channels, variance, epsilon, inverse_std);
  }
}

void ck_batch_norm_infer(const ck_context *context, const ck_batch_norm *n, const float *x, const float *shortcut,
                         const float *gamma, const float *beta, const float *running_mean,
                         const float *running_variance, float *y, uint8_t *argmax, void *workspace) {
  float *inverse_std = workspace;
  ck_batch_norm_inverse_std(context, n->channels, running_variance, n->epsilon, inverse_std);
  const ck_norm_channels channels = {gamma, beta, running_mean, inverse_std};
  const norm_operands operands = {x, shortcut, y, NULL, argmax, workspace};
  CK_PARALLEL_REGION(team_for(context, n)) {
    if (n->plane > 1) {
      apply_planes(context->kernels, n, ck_my_share(n->batch * n->channels, 1), &channels, &operands);
    } else {
      for (ck_range mine = ck_my_share(n->channels, CK_LANES); mine.count > 0;)
        apply_columns(context->kernels, n, take_columns(&mine), &channels, &operands);
    }
  }
}

// ---- training, backward ----

typedef struct {
  const float *dy, *x, *kept;
  const uint8_t *argmax;
  float *dshortcut;
  float *workspace;
} gradient_operands;

// The gradient of a plane that was pooled, before that.
static const float *unpool(const ck_kernel_set *kernels, const ck_batch_norm *n, ptrdiff_t at, const float *dy,
                           const uint8_t *argmax, float *full) {
  const ck_pool2d pool = pool_of(n);
  kernels->max_pool_backward(&pool, 1, dy + at / 4, argmax + at / 4, full);
  return full;
}

// The gradient of one plane's normalised values, from that of what followed them; a ReLU is left to the kernels.
static const float *derive_plane(const ck_kernel_set *kernels, const ck_batch_norm *n, ptrdiff_t channel, ptrdiff_t at,
                                 const ck_norm_channels *channels, const gradient_operands *o) {
  const float *dy = pools(n) ? unpool(kernels, n, at, o->dy, o->argmax, my_plane(n, o->workspace)) : o->dy + at;
  if (!activates_apart(n))
    return dy;
  const ck_activation *f = &n->activation;
  if (o->dshortcut) {
    kernels->activation_backward[f->kind](f, n->plane, dy, o->kept + at, o->dshortcut + at);
    return o->dshortcut + at;
  }
  float *through = my_gradient(n, o->workspace);
  norm_derive_plane(kernels, f, channels, channel, n->plane, dy, o->x + at, through);
  return through;
}

static void compute_sums(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range share,
                         const ck_norm_channels *channels, const gradient_operands *o) {
  const bool relu = ck_batch_norm_rectifies(n);
  while (share.count > 0) {
    const image_planes p = take_first(n, &share);
    const ptrdiff_t at = planes_at(n, p);
    float *dy_x = o->workspace + pairs_at(n, p), *dy = dy_x + n->channels;
    if (!pools(n) && !activates_apart(n)) {
      kernels->batch_norm_plane_sums(p.first, p.count, n->plane, o->dy + at, o->x + at, o->kept ? o->kept + at : NULL,
                                     relu, channels, o->dshortcut ? o->dshortcut + at : NULL, dy, dy_x);
      continue;
    }
    for (ptrdiff_t i = 0; i < p.count; i++) {
      const ptrdiff_t from = at + i * n->plane;
      const float *full = derive_plane(kernels, n, p.first + i, from, channels, o);
      kernels->batch_norm_plane_sums(p.first + i, 1, n->plane, full, o->x + from, NULL, relu, channels, NULL, dy, dy_x);
    }
  }
}

static void compute_gradient(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range share,
                             const ck_norm_gradient *gradient, const gradient_operands *o, float *dx) {
  while (share.count > 0) {
    const image_planes p = take_last(n, &share);
    const ptrdiff_t at = planes_at(n, p);
    if (!pools(n) && (o->dshortcut || !activates_apart(n))) { // the shortcut's gradient has been through it
      const float *dy = o->dshortcut ? o->dshortcut : o->dy;
      kernels->batch_norm_plane_gradient(p.first, p.count, n->plane, dy + at, n->plane, gradient->x + at, n->plane,
                                         gradient, dx + at, n->plane);
      continue;
    }
    for (ptrdiff_t i = 0; i < p.count; i++) {
      const ptrdiff_t from = at + i * n->plane;
      const float *full = derive_plane(kernels, n, p.first + i, from, &gradient->channels, o);
      kernels->batch_norm_plane_gradient(p.first + i, 1, n->plane, full, n->plane, gradient->x + from, n->plane,
                                         gradient, dx + from, n->plane);
    }
  }
}

// The gradient of normalised columns, from that of the activation of them, in rows like those of dy.
static const float *derive_columns(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range columns,
                                   const ck_norm_channels *channels, const gradient_operands *o) {
  const ck_activation *f = &n->activation;
  float *through = o->dshortcut ? o->dshortcut : o->workspace + pairs_floats(n);
  if (!o->dshortcut)
    kernels->batch_norm_column_apply(n, columns.first, columns.count, o->x, channels, NULL, through);
  for (ptrdiff_t i = 0; i < n->batch; i++) {
    const ptrdiff_t at = i * n->channels + columns.first;
    if (!o->dshortcut && !ck_activation_keeps_input(*f))
      kernels->activation_forward[f->kind](f, columns.count, through + at, through + at);
    kernels->activation_backward[f->kind](f, columns.count, o->dy + at, (o->dshortcut ? o->kept : through) + at,
                                          through + at);
  }
  return through;
}

static void backward_columns(const ck_context *context, const ck_batch_norm *n, const ck_norm_channels *channels,
                             const gradient_operands *o, float *dx, float *dgamma, float *dbeta) {
  const bool apart = activates_apart(n);
  CK_PARALLEL(team_for(context, n), n->channels, CK_LANES, mine) {
    while (mine.count > 0) {
      const ck_range columns = take_columns(&mine);
      const float *dy = apart ? derive_columns(context->kernels, n, columns, channels, o) : o->dy;
      context->kernels->batch_norm_column_backward(n, columns.first, columns.count, dy, o->x, o->kept, channels, dx,
                                                   apart ? NULL : o->dshortcut, dgamma + columns.first,
                                                   dbeta + columns.first);
    }
  }
}

void ck_batch_norm_backward(const ck_context *context, const ck_batch_norm *n, const float *dy, const float *x,
                            const float *kept, const uint8_t *argmax, const ck_norm_channels *channels, float *dx,
                            float *dshortcut, float *dgamma, float *dbeta, void *workspace) {
  const gradient_operands operands = {dy, x, kept, argmax, dshortcut, workspace};
  if (n->plane == 1) {
    backward_columns(context, n, channels, &operands, dx, dgamma, dbeta);
    return;
  }
  const ck_norm_gradient gradient = {.channels = *channels,
                                     .x = x,
                                     .dgamma = dgamma,
                                     .dbeta = dbeta,
                                     .samples = (float)(n->batch * n->plane),
                                     .argmax = argmax,
                                     .activates = n->post_op != CK_NORM_NONE && !dshortcut, // which has been through it
                                     .activation = n->activation};
  CK_PARALLEL_REGION(team_for(context, n)) {
    const ck_kernel_set *kernels = context->kernels;
    const ck_range planes = ck_my_share(n->batch * n->channels, 1);
    compute_sums(kernels, n, planes, channels, &operands);
    ck_barrier();
    for (ck_range mine = ck_my_share(n->channels, CK_LANES); mine.count > 0;) {
      const ck_range columns = take_columns(&mine);
      kernels->batch_norm_combine_sums(n, columns.count, (float *)workspace + columns.first, dgamma + columns.first,
                                       dbeta + columns.first);
    }
    if (dx) {
      ck_barrier();
      compute_gradient(kernels, n, planes, &gradient, &operands, dx);
    }
  }
}
