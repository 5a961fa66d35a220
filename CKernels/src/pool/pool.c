// Pooling: planes are shared out among the threads.
#include "ck_pool.h"
#include "cpu/threads.h"
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
#pragma omp parallel num_threads(size.team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(planes, 1);
    context->kernels->max_pool_forward(pool, part.count, x + part.first * size.in, y + part.first * size.out,
                                       argmax + part.first * size.out);
    ck_denormals_restore(saved);
  }
}

void ck_max_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                            const uint8_t *argmax, float *dx) {
  const pool_sizes size = sizes_of(context, pool, planes);
#pragma omp parallel num_threads(size.team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(planes, 1);
    context->kernels->max_pool_backward(pool, part.count, dy + part.first * size.out, argmax + part.first * size.out,
                                        dx + part.first * size.in);
    ck_denormals_restore(saved);
  }
}

void ck_average_pool2d_forward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *x,
                               float *y) {
  const pool_sizes size = sizes_of(context, pool, planes);
#pragma omp parallel num_threads(size.team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(planes, 1);
    context->kernels->average_pool_forward(pool, part.count, x + part.first * size.in, y + part.first * size.out);
    ck_denormals_restore(saved);
  }
}

void ck_average_pool2d_backward(const ck_context *context, const ck_pool2d *pool, ptrdiff_t planes, const float *dy,
                                float *dx) {
  const pool_sizes size = sizes_of(context, pool, planes);
#pragma omp parallel num_threads(size.team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(planes, 1);
    context->kernels->average_pool_backward(pool, part.count, dy + part.first * size.out, dx + part.first * size.in);
    ck_denormals_restore(saved);
  }
}
