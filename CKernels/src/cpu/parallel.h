// What every driver needs to share work: the team's size, a thread's part, and the denormal switch.
#ifndef CK_CPU_THREADS_H
#define CK_CPU_THREADS_H

#include "ck_context.h"
#include <stdatomic.h>

// Of OpenMP's interface only these two are called (openmp.c).
int omp_get_thread_num(void);
int omp_get_num_threads(void);

typedef struct {
  ptrdiff_t first, count;
} ck_range;

// Part `index` of `total` cut into `parts`, each but the last a multiple of `unit`.
static inline ck_range ck_part(ptrdiff_t total, ptrdiff_t parts, ptrdiff_t index, ptrdiff_t unit) {
  const ptrdiff_t units = (total + unit - 1) / unit;
  const ptrdiff_t first = units * index / parts * unit, next = units * (index + 1) / parts * unit;
  const ptrdiff_t end = next < total ? next : total;
  return (ck_range){first, end > first ? end - first : 0};
}

// The calling thread's share of `total`, inside a parallel region.
static inline ck_range ck_my_part(ptrdiff_t total, ptrdiff_t unit) {
  return ck_part(total, omp_get_num_threads(), omp_get_thread_num(), unit);
}

// How many threads `work` is worth, where waking one more pays from `grain` upwards (about 3 microseconds of work).
static inline int ck_team(const ck_context *context, ptrdiff_t work, ptrdiff_t grain) {
  const ptrdiff_t worth = work / grain;
  return worth >= context->threads ? context->threads : worth > 1 ? (int)worth : 1;
}

// Chunks are handed out one by one, so that a slow core does not hold up the rest. Which thread computes a chunk
// never changes what the chunk computes.
typedef _Atomic ptrdiff_t ck_queue;
static inline ptrdiff_t ck_next(ck_queue *queue) { return atomic_fetch_add_explicit(queue, 1, memory_order_relaxed); }

// Denormal numbers count as zero inside the kernels (a multiplication with one takes up to 100 cycles); the
// caller's own mode comes back afterwards. Every parallel region that computes does so on each thread. x86-64 flushes
// what is denormal after rounding, aarch64 what is before: see README.md.
#if defined(__x86_64__)
typedef unsigned ck_denormals;
static inline ck_denormals ck_denormals_off(void) {
  const unsigned saved = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(saved | 0x8040); // flush to zero, denormals are zero
  return saved;
}
static inline void ck_denormals_restore(ck_denormals saved) { __builtin_ia32_ldmxcsr(saved); }
#elif defined(__aarch64__)
typedef uint64_t ck_denormals;
static inline ck_denormals ck_denormals_off(void) {
  uint64_t saved;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
  __asm__ volatile("msr fpcr, %0" : : "r"(saved | (1ull << 24)));
  return saved;
}
static inline void ck_denormals_restore(ck_denormals saved) { __asm__ volatile("msr fpcr, %0" : : "r"(saved)); }
#else
typedef int ck_denormals;
static inline ck_denormals ck_denormals_off(void) { return 0; }
static inline void ck_denormals_restore(ck_denormals saved) { (void)saved; }
#endif

#endif
