// What the compiler makes of `#pragma omp`: calls of LLVM's OpenMP runtime, of which the kernels need the few functions
// below. They run on teams of our own (team.c) instead of libomp's: its waiting threads spin for a millisecond at least
// before they give a core away, where beside other work 50 microseconds are too long, and a strange OMP_ variable ends
// the process.
// They are hidden, so that a libomp in the same process never meets them.
#include "cpu/parallel.h"
#include "cpu/team.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CK_HIDDEN __attribute__((visibility("hidden")))

typedef struct ident ident; // a source location, which nothing here needs
typedef void microtask(int32_t *global_thread, int32_t *bound_thread, ...);

// A parallel region captures at most this many variables.
#define CK_MAX_CAPTURES 15

typedef struct {
  microtask *task;
  void *captures[CK_MAX_CAPTURES];
} region;

// The captured variables arrive and leave as pointers; passing more than there are is harmless.
static void run(void *argument) {
  const region *region = argument;
  int32_t thread = ck_team_index();
  void *const *v = region->captures;
  region->task(&thread, &thread, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
               v[14]);
}

static _Thread_local int32_t requested; // threads, by the num_threads clause of the region that is about to start

CK_HIDDEN int32_t __kmpc_global_thread_num(ident *where) {
  (void)where;
  return ck_team_index();
}
CK_HIDDEN void __kmpc_push_num_threads(ident *where, int32_t thread, int32_t count) {
  (void)where, (void)thread;
  requested = count;
}
CK_HIDDEN void __kmpc_barrier(ident *where, int32_t thread) {
  (void)where, (void)thread;
  ck_team_barrier();
}
CK_HIDDEN int omp_get_thread_num(void) { return ck_team_index(); }
CK_HIDDEN int omp_get_num_threads(void) { return ck_team_count(); }

CK_HIDDEN void __kmpc_fork_call(ident *where, int32_t count, microtask *task, ...) {
  (void)where;
  const int32_t threads = requested;
  requested = 0;
  if (count > CK_MAX_CAPTURES) {
    fprintf(stderr, "a parallel region captures %d variables, more than %d\n", (int)count, CK_MAX_CAPTURES);
    abort();
  }
  region region = {.task = task};
  va_list captures;
  va_start(captures, task);
  for (int32_t i = 0; i < count; i++)
    region.captures[i] = va_arg(captures, void *);
  va_end(captures);
  ck_team_run(threads, run, &region);
}
