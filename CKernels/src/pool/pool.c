// Pooling: planes are shared out among the threads.
#include "ck_pool.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { PLANE_GRAIN = 8192 }; // input elements that are worth another thread

typedef struct {
  ptrdiff_t in, out;
  int team;
} pool_sizes;

static pool_sizes sizes_of(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes) {
  const ptrdiff_t in = pool->height * pool->width;
  return (pool_sizes){in, ck_pool2d_out_height(pool) * ck_pool2d_out_width(pool),
                      ck_team(context, planes * in, PLANE_GRAIN)};
}

void ck_max_pool2d_forward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *x, float *y,
                           uint8_t *argmax) {
  const pool_sizes size = sizes_of(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->max_pool_forward(pool, share.count, x + share.first * size.in, y + share.first * size.out,
                                       argmax + share.first * size.out * ck_pool2d_index_bytes(pool));
  }
}

void ck_max_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                            const uint8_t *argmax, float *dx) {
  const pool_sizes size = sizes_of(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->max_pool_backward(pool, share.count, dy + share.first * size.out,
                                        argmax + share.first * size.out * ck_pool2d_index_bytes(pool),
                                        dx + share.first * size.in);
  }
}

void ck_average_pool2d_forward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *x,
                               float *y) {
  const pool_sizes size = sizes_of(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->average_pool_forward(pool, share.count, x + share.first * size.in, y + share.first * size.out);
  }
}

void ck_average_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                                float *dx) {
  const pool_sizes size = sizes_of(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->average_pool_backward(pool, share.count, dy + share.first * size.out, dx + share.first * size.in);
  }
}

static pool_sizes adaptive_sizes(const ck_context *context, const ck_adaptive_pool2d *pool, ptrdiff_t planes) {
  const ptrdiff_t in = pool->height * pool->width;
  return (pool_sizes){in, pool->out_height * pool->out_width, ck_team(context, planes * in, PLANE_GRAIN)};
}

void ck_adaptive_average_pool2d_forward(const ck_context *context, const ck_adaptive_pool2d *pool, ptrdiff_t planes,
                                        const float *x, float *y) {
  const pool_sizes size = adaptive_sizes(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->adaptive_average_pool_forward(pool, share.count, x + share.first * size.in,
                                                    y + share.first * size.out);
  }
}

void ck_adaptive_average_pool2d_backward(const ck_context *context, const ck_adaptive_pool2d *pool, ptrdiff_t planes,
                                         const float *dy, float *dx) {
  const pool_sizes size = adaptive_sizes(context, pool, planes);
  CK_PARALLEL(size.team, planes, 1, share) {
    context->kernels->adaptive_average_pool_backward(pool, share.count, dy + share.first * size.out,
                                                     dx + share.first * size.in);
  }
}
