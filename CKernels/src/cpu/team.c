// Teams of threads that run parallel regions: started when first needed, waiting in between, and as large as pays off.
//
// A team serves one caller at a time. Callers on several threads get teams of their own, and a caller gets the one it
// had before if that is free, whose threads have its data in their caches. Teams are kept until the process ends; their
// threads sleep.
#define _DEFAULT_SOURCE
#include "cpu/team.h"
#include "ck_context.h"
#include "cpu/team_size.h"
#include "cpu/wait.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64, STACK_BYTES = 4 << 20 };

typedef struct ck_team ck_team;

typedef struct {
  _Alignas(CACHE_LINE) ck_signal call; // changes for each region that it is to take part in
  ck_team *team;
  int index; // 1 ..: the caller is 0
} worker;

struct ck_team {
  ck_team *next;
  atomic_bool is_taken;
  ck_team_size size;
  int started;    // workers
  bool is_at_end; // no more could be started

  // The region that runs.
  void (*body)(void *);
  void *argument;
  int count;
  uint32_t number; // of regions so far
  int64_t waited;  // nanoseconds that the caller waited at barriers

  _Alignas(CACHE_LINE) _Atomic int running; // workers that are not done
  ck_signal joined;                         // the last region that all workers are done with
  _Alignas(CACHE_LINE) _Atomic int arrived; // threads at a barrier
  ck_signal barrier;                        // barriers passed
  worker workers[CK_MAX_THREADS - 1];
};

static ck_team *_Atomic teams; // all of them, the newest first

// What a thread takes part in.
typedef struct {
  int index, count;
  ck_team *team; // NULL outside of regions
} membership;

static _Thread_local membership current = {0, 1, NULL};
static _Thread_local ck_team *latest; // that the calling thread had

int ck_team_index(void) { return current.index; }
int ck_team_count(void) { return current.count; }

// A child process has none of its parent's threads.
static void forget_teams(void) {
  atomic_store(&teams, NULL);
  latest = NULL;
}

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, forget_teams); }

static bool take(ck_team *team) {
  return !atomic_load_explicit(&team->is_taken, memory_order_relaxed) && !atomic_exchange(&team->is_taken, true);
}

static void give_back(ck_team *team) { atomic_store_explicit(&team->is_taken, false, memory_order_release); }

// A team for the calling thread alone; NULL where memory is short.
static ck_team *take_any(void) {
  if (latest != NULL && take(latest))
    return latest;
  for (ck_team *team = atomic_load(&teams); team != NULL; team = team->next)
    if (take(team))
      return latest = team;
  ck_team *team = aligned_alloc(CACHE_LINE, sizeof(ck_team)); // of which pages are touched as workers are started
  if (team == NULL)
    return NULL;
  memset(team, 0, offsetof(ck_team, workers));
  atomic_store(&team->is_taken, true);
  team->size = ck_team_size_make();
  team->next = atomic_load(&teams);
  while (!atomic_compare_exchange_weak(&teams, &team->next, team)) {
  }
  return latest = team;
}

static void *work(void *argument) {
  worker *self = argument;
  ck_team *team = self->team;
  current.index = self->index;
  current.team = team;
  for (uint32_t seen = 0;;) {
    ck_wait(&self->call, seen, ck_spin_nanoseconds());
    seen = ck_value(&self->call);
    current.count = team->count;
    team->body(team->argument);
    if (atomic_fetch_sub_explicit(&team->running, 1, memory_order_acq_rel) == 1) {
      ck_set(&team->joined, team->number);
      ck_before_wake();
      ck_wake(&team->joined);
    }
  }
  return NULL;
}

// Starts workers until there are `wanted`, or as many as the system allows.
static void start_workers(ck_team *team, int wanted) {
  pthread_attr_t attributes;
  sigset_t all, before;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  // Signals are for the program's own threads; a worker inherits that it takes none.
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (team->started < wanted && !team->is_at_end) {
    worker *next = &team->workers[team->started];
    *next = (worker){.team = team, .index = team->started + 1};
    pthread_t thread;
    if (pthread_create(&thread, &attributes, work, next) == 0)
      team->started++;
    else
      team->is_at_end = true;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

static void run_together(ck_team *team, int count, void (*body)(void *), void *argument, int64_t begin) {
  const uint32_t before = team->number++;
  team->body = body;
  team->argument = argument;
  team->count = count;
  team->waited = 0;
  atomic_store_explicit(&team->running, count - 1, memory_order_relaxed);
  for (int i = 0; i < count - 1; i++)
    ck_set(&team->workers[i].call, ck_value(&team->workers[i].call) + 1);
  ck_before_wake();
  for (int i = 0; i < count - 1; i++)
    ck_wake(&team->workers[i].call);

  current.index = 0;
  current.count = count;
  current.team = team;
  const int64_t start = ck_nanoseconds();
  body(argument);
  const int64_t done = ck_nanoseconds();
  ck_wait(&team->joined, before, ck_spin_nanoseconds());
  current.count = 1;
  current.team = NULL;
  const int64_t worked = done - start - team->waited;
  const int64_t end = ck_nanoseconds();
  ck_team_size_learn(&team->size, count, worked, end - begin - worked, end);
}

int ck_start_threads(int threads) {
  ck_team *team = current.team == NULL ? take_any() : NULL;
  if (team == NULL)
    return 1;
  const int count = threads < ck_team_limit() ? threads : ck_team_limit();
  start_workers(team, count - 1);
  const int started = team->started + 1;
  give_back(team);
  return started < count ? started : count;
}

void ck_team_run(int threads, void (*body)(void *), void *argument) {
  ck_team *team = threads > 1 && current.team == NULL ? take_any() : NULL;
  if (team != NULL) {
    const int64_t begin = ck_nanoseconds();
    int count = ck_team_size_now(&team->size, threads, begin);
    if (count - 1 > team->started)
      start_workers(team, count - 1);
    if (count - 1 > team->started) // still
      count = team->started + 1;
    if (count > 1)
      run_together(team, count, body, argument, begin);
    give_back(team);
    if (count > 1)
      return;
  }
  // A team of one: the caller, which may be in a team already.
  const membership outer = current;
  if (outer.count > 1) {
    current.index = 0;
    current.count = 1;
  }
  body(argument);
  if (outer.count > 1)
    current = outer;
}

void ck_team_barrier(void) {
  ck_team *team = current.team;
  if (current.count == 1)
    return;
  const uint32_t passed = ck_value(&team->barrier);
  if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 == current.count) {
    atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
    ck_set(&team->barrier, passed + 1);
    ck_before_wake();
    ck_wake(&team->barrier);
  } else if (current.index == 0) {
    const int64_t begin = ck_nanoseconds();
    ck_wait(&team->barrier, passed, ck_spin_nanoseconds());
    team->waited += ck_nanoseconds() - begin;
  } else {
    ck_wait(&team->barrier, passed, ck_spin_nanoseconds());
  }
}
