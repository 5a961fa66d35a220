// How the threads share out a batch normalisation, and the scratch of each: what its passes have in common.
#ifndef NORM_BATCH_NORM_SHARES_H
#define NORM_BATCH_NORM_SHARES_H

#include "ck_norm.h"
#include "ck_pool.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"

enum { NORM_GRAIN = 16384 }; // elements that are worth another thread

static inline bool pools(const ck_batch_norm *n) { return n->post_op == CK_NORM_ACTIVATION_MAX_POOL; }
// Whether an activation follows that takes passes of its own, over a plane that is in the cache.
static inline bool activates_apart(const ck_batch_norm *n) {
  return n->post_op != CK_NORM_NONE && !ck_batch_norm_rectifies(n);
}
static inline ck_pool2d pool_of(const ck_batch_norm *n) {
  return (ck_pool2d){n->plane / n->width, n->width, 2, 2, 2, 2, 0, 0};
}

// Two numbers for each plane, or one for each channel. With pooling, each thread has a plane at full size; another one
// for the gradient of an activation, which is the batch's where planes are single numbers.
static inline ptrdiff_t pairs_floats(const ck_batch_norm *n) {
  return ck_round_up(n->plane == 1 ? n->channels : ck_batch_norm_moments(n), CK_LANES);
}
static inline float *my_plane(const ck_batch_norm *n, float *workspace) {
  const ptrdiff_t each = (pools(n) ? 1 : 0) + (activates_apart(n) ? 1 : 0);
  return workspace + pairs_floats(n) + omp_get_thread_num() * each * ck_round_up(n->plane, CK_LANES);
}
// What an activation's gradient is computed in.
static inline float *my_gradient(const ck_batch_norm *n, float *workspace) {
  return my_plane(n, workspace) + (pools(n) ? ck_round_up(n->plane, CK_LANES) : 0);
}

static inline int team_for(const ck_context *context, const ck_batch_norm *n) {
  return ck_team(context, n->batch * n->channels * n->plane, NORM_GRAIN);
}

// Some planes of one image.
typedef struct {
  ptrdiff_t image, first, count;
} image_planes;

// Takes the first or the last image's planes off a share of all planes. What was read last is in the cache still, so
// that a second pass begins there.
static inline image_planes take_first(const ck_batch_norm *n, ck_range *share) {
  const ptrdiff_t image = share->first / n->channels, first = share->first % n->channels;
  const ptrdiff_t count = ck_min(n->channels - first, share->count);
  share->first += count;
  share->count -= count;
  return (image_planes){image, first, count};
}
static inline image_planes take_last(const ck_batch_norm *n, ck_range *share) {
  const ptrdiff_t end = share->first + share->count, image = (end - 1) / n->channels;
  const ptrdiff_t first = ck_max(share->first, image * n->channels);
  share->count = first - share->first;
  return (image_planes){image, first - image * n->channels, end - first};
}
// Where those planes start, and the image's two numbers for each channel.
static inline ptrdiff_t planes_at(const ck_batch_norm *n, image_planes p) {
  return (p.image * n->channels + p.first) * n->plane;
}
static inline ptrdiff_t pairs_at(const ck_batch_norm *n, image_planes p) { return 2 * p.image * n->channels; }

// The next columns of a share of the channels.
static inline ck_range take_columns(ck_range *share) {
  const ck_range columns = {share->first, ck_min(CK_LANES, share->count)};
  share->first += columns.count;
  share->count -= columns.count;
  return columns;
}

#endif
