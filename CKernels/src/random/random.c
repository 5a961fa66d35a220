// Random numbers: the threads share the stream, cut at multiples of CK_RANDOM_BLOCK, which any of them can draw alone.
#include "ck_random.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"

enum {
  RANDOM_GRAIN = 8192, // numbers that are worth another thread
  PLANE_GRAIN = 16384, // elements that are dropped or kept plane by plane
};

void ck_random_bits(const ck_context *context, ck_random_key key, ptrdiff_t n, uint32_t *out) {
  CK_PARALLEL(ck_team(context, n, RANDOM_GRAIN), n, CK_RANDOM_BLOCK, share) {
    context->kernels->random_bits(key, (uint64_t)(share.first / CK_RANDOM_BLOCK), share.count, out + share.first);
  }
}

void ck_random_uniform(const ck_context *context, ck_random_key key, float low, float high, ptrdiff_t n, float *out) {
  CK_PARALLEL(ck_team(context, n, RANDOM_GRAIN), n, CK_RANDOM_BLOCK, share) {
    context->kernels->random_uniform(key, (uint64_t)(share.first / CK_RANDOM_BLOCK), low, high, share.count,
                                     out + share.first);
  }
}

void ck_random_normal(const ck_context *context, ck_random_key key, float mean, float deviation, ptrdiff_t n,
                      float *out) {
  CK_PARALLEL(ck_team(context, n, RANDOM_GRAIN), n, CK_RANDOM_BLOCK, share) {
    context->kernels->random_normal(key, (uint64_t)(share.first / CK_RANDOM_BLOCK), mean, deviation, share.count,
                                    out + share.first);
  }
}

void ck_dropout(const ck_context *context, ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t n, const float *x,
                float *y) {
  const ptrdiff_t before = first % CK_RANDOM_BLOCK; // of the first block, which threads do not share either
  CK_PARALLEL(ck_team(context, n, RANDOM_GRAIN), before + n, CK_RANDOM_BLOCK, share) {
    const ptrdiff_t at = ck_max(share.first - before, 0), end = share.first + share.count - before;
    if (end > at)
      context->kernels->dropout(key, first + at, rate, end - at, x + at, y + at);
  }
}

void ck_dropout_planes(const ck_context *context, ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t planes,
                       ptrdiff_t plane, const float *x, float *y) {
  CK_PARALLEL(ck_team(context, planes * plane, PLANE_GRAIN), planes, 1, share) {
    const ptrdiff_t at = share.first * plane;
    context->kernels->dropout_planes(key, first + share.first, rate, share.count, plane, x + at, y + at);
  }
}
