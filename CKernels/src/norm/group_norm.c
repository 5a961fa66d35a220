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

// The chunks of a batch of so many samples.
static ptrdiff_t chunk_samples(const ck_group_norm *s, ptrdiff_t whole) {
  const ptrdiff_t sample = s->groups * s->channels * s->plane;
  return ck_max(ck_ceil_div(CHUNK_FLOATS, ck_max(sample, 1)), ck_ceil_div(whole, MOST_CHUNKS));
}

// A backward pass as its threads see it. The chunks are those of the whole batch, of `length` samples each. One that
// another part ends is kept in the part's sums; those that are complete are added to dgamma and dbeta.
typedef struct {
  const ck_context *context;
  const ck_group_norm *s;
  const float *dy, *x, *gamma, *mean, *inverse_std;
  float *dx, *dgamma, *dbeta;
  ptrdiff_t row;                // of a chunk's sums, gamma's and then beta's
  ptrdiff_t first, end, length; // the samples of this call, of the whole batch's, and those of a chunk
  bool stays_open;              // whether another call goes on with the last chunk
  float *kept, *sums;
} backward_call;

static ptrdiff_t first_chunk(const backward_call *call) { return call->first / call->length; }
static ptrdiff_t chunks_of(const backward_call *call) {
  return ck_ceil_div(call->end, call->length) - first_chunk(call);
}

static void sum_chunk(const backward_call *call, ptrdiff_t chunk) {
  const ck_group_norm *s = call->s;
  float *sums = call->sums + 2 * chunk * call->row;
  const ptrdiff_t start = (first_chunk(call) + chunk) * call->length, first = ck_max(start, call->first) - call->first;
  const ptrdiff_t end = ck_min(start + call->length, call->end) - call->first;
  const size_t bytes = (size_t)(2 * call->row) * sizeof(float);
  if (start < call->first)
    memcpy(sums, call->kept, bytes);
  else
    memset(sums, 0, bytes);
  for (ptrdiff_t i = first * s->groups; i < end * s->groups; i++) {
    const ptrdiff_t at = i * s->channels * s->plane, channel = i % s->groups * s->channels;
    call->context->kernels->group_norm_backward(
        s, call->dy + at, call->x + at, call->gamma ? call->gamma + channel : NULL, call->mean[i], call->inverse_std[i],
        call->dx ? call->dx + at : NULL, sums + channel, sums + call->row + channel);
  }
}

// Adds the chunks' sums up, of gamma's or beta's gradient, in the columns given.
static void add_chunks(const backward_call *call, bool of_beta, ck_range columns) {
  const ptrdiff_t chunks = chunks_of(call), at = (of_beta ? call->row : 0) + columns.first;
  const size_t bytes = (size_t)columns.count * sizeof(float);
  float *to = of_beta ? call->dbeta : call->dgamma;
  if (to && call->first == 0)
    memset(to + columns.first, 0, bytes);
  for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
    const float *from = call->sums + 2 * chunk * call->row + at;
    if (chunk + 1 == chunks && call->stays_open)
      memcpy(call->kept + at, from, bytes);
    else if (to)
      call->context->kernels->add(columns.count, to + columns.first, from);
  }
}

void ck_group_norm_backward(const ck_context *context, const ck_group_norm *s, const float *dy, const float *x,
                            const float *gamma, const float *mean, const float *inverse_std, float *dx, float *dgamma,
                            float *dbeta, const ck_batch_part *part, void *workspace) {
  const ptrdiff_t whole = ck_batch_whole(part, s->samples), channels = s->groups * s->channels;
  backward_call call = {.context = context,
                        .s = s,
                        .dy = dy,
                        .x = x,
                        .gamma = gamma,
                        .mean = mean,
                        .inverse_std = inverse_std,
                        .dx = dx,
                        .dgamma = dgamma,
                        .dbeta = dbeta,
                        .row = ck_round_up(channels, CK_LANES),
                        .first = part ? part->first : 0,
                        .length = chunk_samples(s, whole),
                        .kept = part ? part->sums : NULL,
                        .sums = workspace};
  call.end = call.first + s->samples;
  call.stays_open = call.end < whole && call.end % call.length > 0;
  CK_PARALLEL_REGION(team_for(context, s)) {
    const ck_range share = ck_my_share(chunks_of(&call), 1);
    for (ptrdiff_t chunk = share.first; chunk < share.first + share.count; chunk++)
      sum_chunk(&call, chunk);
    ck_barrier();
    const ck_range mine = ck_my_share(channels, CK_LANES);
    if (mine.count > 0) {
      add_chunks(&call, false, mine);
      add_chunks(&call, true, mine);
    }
  }
}

// The chunks of a part are no shorter than those of a batch of its size, but another one may have begun the first.
size_t ck_group_norm_workspace_bytes(const ck_group_norm *s) {
  const ptrdiff_t chunks = ck_ceil_div(s->samples, chunk_samples(s, s->samples)) + 1;
  return (size_t)(2 * chunks * ck_round_up(s->groups * s->channels, CK_LANES)) * sizeof(float);
}

ptrdiff_t ck_group_norm_sums_floats(const ck_group_norm *s) {
  return 2 * ck_round_up(s->groups * s->channels, CK_LANES);
}
