// PReLU: planes are shared out among the threads; where they are single numbers, columns of sixteen.
#include "ck_activation.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { PRELU_GRAIN = 16384 }; // elements that are worth another thread

// to = x > 0 ? from : weight * from
static void apply(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane, const float *x,
                  const float *weight, const float *from, float *to) {
  if (plane == 1) {
    const ck_range share = ck_my_share(channels, CK_LANES);
    const ptrdiff_t c = share.first;
    context->kernels->prelu_columns(samples, share.count, channels, weight + c, x + c, from + c, to + c);
    return;
  }
  const ck_range share = ck_my_share(samples * channels, 1);
  for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
    context->kernels->prelu_plane(plane, weight[i % channels], x + i * plane, from + i * plane, to + i * plane);
}

void ck_prelu_forward(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane, const float *x,
                      const float *weight, float *y) {
  CK_PARALLEL_REGION(ck_team(context, samples * channels * plane, PRELU_GRAIN)) {
    apply(context, samples, channels, plane, x, weight, x, y);
  }
}

// Sums dy * min(x, 0) of each channel. Where planes are more than single numbers, their sums are added up in double
// precision, which is what a part leaves to the next.
static void sum_weight_gradient(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane,
                                const float *dy, const float *x, float *dweight, const ck_batch_part *part,
                                float *plane_sums) {
  const bool continues = ck_batch_continues(part);
  if (plane == 1) {
    const ck_range share = ck_my_share(channels, CK_LANES);
    const ptrdiff_t c = share.first;
    context->kernels->prelu_column_sums(samples, share.count, channels, dy + c, x + c, dweight + c, continues);
    return;
  }
  const ck_range share = ck_my_share(samples * channels, 1);
  for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
    plane_sums[i] = context->kernels->prelu_plane_sum(plane, dy + i * plane, x + i * plane);
  ck_barrier();
  double *kept = part ? (double *)(void *)part->sums : NULL;
  const ck_range mine = ck_my_share(channels, CK_LANES);
  for (ptrdiff_t c = mine.first; c < mine.first + mine.count; c++) {
    double total = continues ? kept[c] : 0.0;
    for (ptrdiff_t i = 0; i < samples; i++)
      total += (double)plane_sums[i * channels + c];
    if (kept)
      kept[c] = total;
    dweight[c] = (float)total;
  }
}

void ck_prelu_backward(const ck_context *context, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t plane,
                       const float *dy, const float *x, const float *weight, float *dx, float *dweight,
                       const ck_batch_part *part, void *workspace) {
  CK_PARALLEL_REGION(ck_team(context, samples * channels * plane, PRELU_GRAIN)) {
    if (dweight)
      sum_weight_gradient(context, samples, channels, plane, dy, x, dweight, part, workspace);
    if (dx) // by the same threads as above: dx may be dy
      apply(context, samples, channels, plane, x, weight, dy, dx);
  }
}

size_t ck_prelu_workspace_bytes(ptrdiff_t samples, ptrdiff_t channels) {
  return (size_t)(samples * channels) * sizeof(float);
}

ptrdiff_t ck_prelu_sums_floats(ptrdiff_t channels, ptrdiff_t plane) {
  return plane == 1 ? 0 : channels * (ptrdiff_t)(sizeof(double) / sizeof(float));
}
