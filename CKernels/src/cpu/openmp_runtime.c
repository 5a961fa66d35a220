// The OpenMP runtime, found when the process starts instead of when the program is linked.
//
// The compiler turns `#pragma omp` into calls of a few functions of LLVM's libomp. Here they are, forwarding to
// the shared library where the machine has it and doing the work on one thread where it has not: a build never
// needs libomp, a program never fails to link or to start, and installing the package is enough to get threads.
// They are hidden, so that libomp's own calls never end up here.
#include "ck_context.h"
#include "cpu/threads.h"
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CK_HIDDEN __attribute__((visibility("hidden")))

typedef struct ident ident; // a source location, passed through
typedef void microtask(int32_t *global_thread, int32_t *bound_thread, ...);

// A parallel region captures at most this many variables.
#define CK_MAX_CAPTURES 15

static struct {
  void (*fork_call)(ident *, int32_t, microtask *, ...);
  void (*push_num_threads)(ident *, int32_t, int32_t);
  int32_t (*global_thread_num)(ident *);
  void (*barrier)(ident *, int32_t);
  int (*get_thread_num)(void);
  int (*get_num_threads)(void);
  int (*get_max_threads)(void);
} libomp;

static bool load_function(void *library, const char *name, void *function) {
  void *address = dlsym(library, name);
  *(void **)function = address;
  return address != NULL;
}

__attribute__((constructor)) static void load_libomp(void) {
  static const char *const names[] = {
#if defined(__APPLE__)
      "/opt/homebrew/opt/libomp/lib/libomp.dylib",
      "/usr/local/opt/libomp/lib/libomp.dylib",
      "libomp.dylib",
#else
      "libomp.so.5",
      "libomp.so",
      "libiomp5.so",
#endif
  };
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return;
  const bool complete = load_function(library, "__kmpc_push_num_threads", &libomp.push_num_threads) &&
                        load_function(library, "__kmpc_global_thread_num", &libomp.global_thread_num) &&
                        load_function(library, "__kmpc_barrier", &libomp.barrier) &&
                        load_function(library, "omp_get_thread_num", &libomp.get_thread_num) &&
                        load_function(library, "omp_get_num_threads", &libomp.get_num_threads) &&
                        load_function(library, "omp_get_max_threads", &libomp.get_max_threads) &&
                        load_function(library, "__kmpc_fork_call", &libomp.fork_call);
  if (!complete)
    libomp.fork_call = NULL; // what decides, below, whether there is a libomp
}

bool ck_openmp_available(void) { return libomp.fork_call != NULL; }
int ck_openmp_default_threads(void) { return libomp.fork_call ? libomp.get_max_threads() : 1; }

// A team of one needs no library: the calling thread runs the region itself, which saves libomp's bookkeeping (a
// quarter of a microsecond and an allocation each time).
static _Thread_local int32_t requested; // by the region that is about to start; 0: it did not say
static _Thread_local int alone;         // how many regions the calling thread is running by itself

CK_HIDDEN int omp_get_thread_num(void) { return alone || !libomp.fork_call ? 0 : libomp.get_thread_num(); }
CK_HIDDEN int omp_get_num_threads(void) { return alone || !libomp.fork_call ? 1 : libomp.get_num_threads(); }

CK_HIDDEN int32_t __kmpc_global_thread_num(ident *where) {
  return libomp.fork_call ? libomp.global_thread_num(where) : 0;
}
CK_HIDDEN void __kmpc_push_num_threads(ident *where, int32_t thread, int32_t count) {
  (void)where, (void)thread;
  requested = count;
}
CK_HIDDEN void __kmpc_barrier(ident *where, int32_t thread) {
  if (!alone && libomp.fork_call)
    libomp.barrier(where, thread);
}

// Runs `task` on a team. The captured variables arrive and leave as pointers; passing more than `count` is harmless.
CK_HIDDEN void __kmpc_fork_call(ident *where, int32_t count, microtask *task, ...) {
  const int32_t wanted = requested;
  requested = 0;
  if (count > CK_MAX_CAPTURES) {
    fprintf(stderr, "a parallel region captures %d variables, more than %d\n", (int)count, CK_MAX_CAPTURES);
    abort();
  }
  void *v[CK_MAX_CAPTURES] = {0};
  va_list captures;
  va_start(captures, task);
  for (int32_t i = 0; i < count; i++)
    v[i] = va_arg(captures, void *);
  va_end(captures);
  if (libomp.fork_call && wanted != 1) {
    if (wanted > 0)
      libomp.push_num_threads(where, libomp.global_thread_num(where), wanted);
    libomp.fork_call(where, count, task, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11],
                     v[12], v[13], v[14]);
  } else {
    int32_t self = 0;
    alone++;
    task(&self, &self, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14]);
    alone--;
  }
}
