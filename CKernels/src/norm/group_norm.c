// Group and layer normalisation: samples are shared out among the threads. The gradients of gamma and beta are summed
// over chunks of samples, as many whatever the team, whose sums are added one after the other.
#include "ck_group_norm.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"

enum {
  NORM_GRAIN = 16384,   // elements that are worth another thread
  CHUNK_FLOATS = 16384, // elements that a chunk has at least
  MOST_CHUNKS = 64,
};

static int team_for(const ck_context *context, const ck_group_norm *s) {
  return ck_team(context, s->samples * s->groups * s->channels * s->plane, NORM_GRAIN);
}

void ck_group_norm_forward(const ck_context *context, const ck_group_norm *s, const float *x, const float *gamma,
                           const float *beta, float *y, float *mean, float *inverse_std) {
  CK_PARALLEL(team_for(context, s), s->samples * s->groups, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++) {
      const ptrdiff_t at = i * s->channels * s->plane, channel = i % s->groups * s->channels;
      context->kernels->group_norm_forward(s, x + at, gamma ? gamma + channel : NULL, beta ? beta + channel : NULL,
                                           y + at, mean + i, inverse_std + i);
    }
  }
}

static ptrdiff_t chunk_samples(const ck_group_norm *s) {
  const ptrdiff_t sample = s->groups * s->channels * s->plane;
  return ck_max(ck_ceil_div(CHUNK_FLOATS, ck_max(sample, 1)), ck_ceil_div(s->samples, MOST_CHUNKS));
}

void ck_group_norm_backward(const ck_context *context, const ck_group_norm *s, const float *dy, const float *x,
                            const float *gamma, const float *mean, const float *inverse_std, float *dx, float *dgamma,
                            float *dbeta, void *workspace) {
  const ptrdiff_t channels = s->groups * s->channels, row = ck_round_up(channels, CK_LANES);
  const ptrdiff_t samples = chunk_samples(s), chunks = ck_ceil_div(s->samples, samples);
  float *sums = workspace; // of each chunk: gamma's, beta's
  CK_PARALLEL_REGION(team_for(context, s)) {
    const ck_kernel_set *kernels = context->kernels;
    const ck_range share = ck_my_share(chunks, 1);
    for (ptrdiff_t chunk = share.first; chunk < share.first + share.count; chunk++) {
      float *dgamma_sum = sums + 2 * chunk * row, *dbeta_sum = dgamma_sum + row;
      memset(dgamma_sum, 0, (size_t)(2 * row) * sizeof(float));
      const ptrdiff_t end = ck_min((chunk + 1) * samples, s->samples) * s->groups;
      for (ptrdiff_t i = chunk * samples * s->groups; i < end; i++) {
        const ptrdiff_t at = i * s->channels * s->plane, channel = i % s->groups * s->channels;
        kernels->group_norm_backward(s, dy + at, x + at, gamma ? gamma + channel : NULL, mean[i], inverse_std[i],
                                     dx ? dx + at : NULL, dgamma_sum + channel, dbeta_sum + channel);
      }
    }
    ck_barrier();
    const ck_range mine = ck_my_share(channels, CK_LANES);
    const size_t bytes = (size_t)mine.count * sizeof(float);
    for (int part = 0; part < 2; part++) {
      float *to = part == 0 ? dgamma : dbeta;
      if (to == NULL || mine.count == 0)
        continue;
      memset(to + mine.first, 0, bytes);
      for (ptrdiff_t chunk = 0; chunk < chunks; chunk++)
        kernels->add(mine.count, to + mine.first, sums + (2 * chunk + part) * row + mine.first);
    }
  }
}

size_t ck_group_norm_workspace_bytes(const ck_group_norm *s) {
  const ptrdiff_t chunks = ck_ceil_div(s->samples, chunk_samples(s));
  return (size_t)(2 * chunks * ck_round_up(s->groups * s->channels, CK_LANES)) * sizeof(float);
}
