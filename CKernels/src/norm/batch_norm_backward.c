// Batch normalisation, backward: sums of all planes, and then the input's gradient.
#include "dispatch/kernel_set.h"
#include "norm/activated.h"
#include "norm/batch_norm_shares.h"

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

// What the input's gradient is made of, of so many values of each channel.
static ck_norm_gradient gradient_of(const ck_batch_norm *n, float samples, const ck_norm_channels *channels,
                                    const gradient_operands *o, const float *dgamma, const float *dbeta) {
  return (ck_norm_gradient){.channels = *channels,
                            .x = o->x,
                            .dgamma = dgamma,
                            .dbeta = dbeta,
                            .samples = samples,
                            .argmax = o->argmax,
                            .activates = n->post_op != CK_NORM_NONE && !o->dshortcut, // which has been through it
                            .activation = n->activation};
}

// The gradient of some columns that reaches the normalisation, or what a ReLU is left to be taken of.
static const float *columns_source(const ck_kernel_set *kernels, const ck_batch_norm *n, ck_range columns,
                                   const ck_norm_channels *channels, const gradient_operands *o) {
  return activates_apart(n) ? derive_columns(kernels, n, columns, channels, o) : o->dy;
}

static void backward_columns(const ck_context *context, const ck_batch_norm *n, const ck_norm_channels *channels,
                             const gradient_operands *o, float *dx, float *dgamma, float *dbeta) {
  const ck_norm_gradient gradient = gradient_of(n, (float)n->batch, channels, o, dgamma, dbeta);
  CK_PARALLEL(team_for(context, n), n->channels, CK_LANES, mine) {
    const ck_kernel_set *kernels = context->kernels;
    while (mine.count > 0) {
      const ck_range columns = take_columns(&mine);
      const float *dy = columns_source(kernels, n, columns, channels, o);
      kernels->batch_norm_column_sums(n, columns.first, columns.count, dy, o->x, o->kept, channels,
                                      activates_apart(n) ? NULL : o->dshortcut, dgamma + columns.first,
                                      dbeta + columns.first);
      if (dx)
        kernels->batch_norm_column_gradient(n, columns.first, columns.count, o->dshortcut ? o->dshortcut : dy,
                                            &gradient, dx);
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
  const ck_norm_gradient gradient = gradient_of(n, (float)(n->batch * n->plane), channels, &operands, dgamma, dbeta);
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

void ck_batch_norm_input_gradient(const ck_context *context, const ck_batch_norm *n, ptrdiff_t samples, const float *dy,
                                  const float *x, const uint8_t *argmax, const ck_norm_channels *channels,
                                  const float *dgamma, const float *dbeta, float *dx, void *workspace) {
  const gradient_operands operands = {dy, x, NULL, argmax, NULL, workspace};
  const ck_norm_gradient gradient = gradient_of(n, (float)samples, channels, &operands, dgamma, dbeta);
  CK_PARALLEL_REGION(team_for(context, n)) {
    const ck_kernel_set *kernels = context->kernels;
    if (n->plane > 1) {
      compute_gradient(kernels, n, ck_my_share(n->batch * n->channels, 1), &gradient, &operands, dx);
    } else {
      // An activation's gradient is that of the normalised values then; a ReLU's is taken on the way.
      for (ck_range mine = ck_my_share(n->channels, CK_LANES); mine.count > 0;) {
        const ck_range columns = take_columns(&mine);
        kernels->batch_norm_column_gradient(n, columns.first, columns.count,
                                            columns_source(kernels, n, columns, channels, &operands), &gradient, dx);
      }
    }
  }
}
