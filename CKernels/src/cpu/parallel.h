// OpenMP as the drivers use it: every parallel region is a CK_PARALLEL or, where it does more than that, a
// CK_PARALLEL_REGION, whose threads take shares of the work (ck_my_share) or pieces from a queue (ck_next) and meet at
// ck_barrier.
//
// What a region computes depends neither on the size of its team nor on which thread computes a piece: outputs may be
// shared out by threads, but a sum is cut by the shape of the data alone.
#ifndef CK_CPU_PARALLEL_H
#define CK_CPU_PARALLEL_H

#include "ck_context.h"
#include "cpu/denormals.h"
#include <stdatomic.h>

// Of OpenMP's interface only these two are called (openmp.c).
int omp_get_thread_num(void);
int omp_get_num_threads(void);

// CK_PARALLEL_REGION(team) { ... } runs the block on each of at most `team` threads at once, with denormals off. It may
// use at most 15 variables from outside (openmp.c).
#define CK_PARALLEL_REGION(TEAM) CK_PRAGMA(omp parallel num_threads(TEAM)) CK_WITHOUT_DENORMALS()
#define CK_PRAGMA(...) _Pragma(#__VA_ARGS__)

// CK_PARALLEL(team, n, unit, share) { ... } is such a region in which `share` is the calling thread's range of n
// things, cut at multiples of `unit`; it is empty where there are more threads than units.
#define CK_PARALLEL(TEAM, TOTAL, UNIT, SHARE) \
  CK_PARALLEL_REGION(TEAM)                    \
    for (ck_range SHARE = ck_my_share(TOTAL, UNIT), *ck_once = &SHARE; ck_once != NULL; ck_once = NULL)

// How many threads `work` is worth, where waking one more pays from `grain` upwards (about 3 microseconds of work).
static inline int ck_team(const ck_context *context, ptrdiff_t work, ptrdiff_t grain) {
  const ptrdiff_t worth = work / grain;
  return worth >= context->threads ? context->threads : worth > 1 ? (int)worth : 1;
}

typedef struct {
  ptrdiff_t first, count;
} ck_range;

// Part `index` of `total` cut into `parts`, each but the last a multiple of `unit`.
static inline ck_range ck_share(ptrdiff_t total, ptrdiff_t parts, ptrdiff_t index, ptrdiff_t unit) {
  const ptrdiff_t units = (total + unit - 1) / unit;
  const ptrdiff_t first = units * index / parts * unit, next = units * (index + 1) / parts * unit;
  const ptrdiff_t end = next < total ? next : total;
  return (ck_range){first, end > first ? end - first : 0};
}

// A thread of a team.
typedef struct {
  int index, count;
} ck_worker;

static inline ck_worker ck_this_worker(void) { return (ck_worker){omp_get_thread_num(), omp_get_num_threads()}; }
static inline ck_range ck_worker_share(ck_worker worker, ptrdiff_t total, ptrdiff_t unit) {
  return ck_share(total, worker.count, worker.index, unit);
}

// The calling thread's share of `total`, inside a parallel region.
static inline ck_range ck_my_share(ptrdiff_t total, ptrdiff_t unit) {
  return ck_worker_share(ck_this_worker(), total, unit);
}

// Inside a region: returns when all threads of the team have called it.
static inline void ck_barrier(void) {
#pragma omp barrier
}

// Chunks are handed out one by one, so that a slow core does not hold up the rest.
typedef _Atomic ptrdiff_t ck_queue;
static inline ptrdiff_t ck_next(ck_queue *queue) { return atomic_fetch_add_explicit(queue, 1, memory_order_relaxed); }

#endif
