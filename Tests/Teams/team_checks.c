// Checks of the teams that run parallel regions (CKernels/src/cpu/team.h), under ThreadSanitizer in one of two builds:
// a missing barrier or a region that returns early is a data race there.
#define _DEFAULT_SOURCE
#include "ck_context.h"
#include "cpu/team.h"
#include "cpu/team_size.h"
#include "cpu/wait.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

static void sleep_milliseconds(int count) { nanosleep(&(struct timespec){0, count * 1000000L}, NULL); }

// The linker puts this in place of pthread_create (--wrap): so many more threads can be started.
static _Atomic int startable = 1 << 20;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  return startable-- > 0 ? __real_pthread_create(thread, attributes, body, argument) : 11; // EAGAIN
}

enum { MOST = 6, CALLERS = 4, REGIONS = 400 };

// Each thread writes a place, and after a barrier reads its neighbour's. Plain memory: only the team orders it.
typedef struct {
  int seen[MOST], count;
  long written[MOST], read[MOST];
} ring;

static void pass_round(void *argument) {
  ring *r = argument;
  const int me = ck_team_index(), count = ck_team_count();
  r->seen[me]++;
  if (me == 0)
    r->count = count;
  r->written[me] = me + 1;
  ck_team_barrier();
  r->read[me] = r->written[(me + 1) % count];
  ck_team_barrier();
  r->written[me] = 0;
}

static int run_ring(int threads) {
  ring r = {0};
  ck_team_run(threads, pass_round, &r);
  CHECK(r.count >= 1 && r.count <= (threads > 1 ? threads : 1));
  for (int i = 0; i < r.count; i++)
    CHECK(r.seen[i] == 1 && r.read[i] == (i + 1) % r.count + 1 && r.written[i] == 0);
  for (int i = r.count; i < MOST; i++)
    CHECK(r.seen[i] == 0);
  CHECK(ck_team_index() == 0 && ck_team_count() == 1);
  return r.count;
}

// Regions of changing sizes, close together and so far apart that the threads sleep in between.
static void *call_regions(void *argument) {
  unsigned random = (unsigned)(size_t)argument;
  for (int i = 0; i < REGIONS; i++) {
    random = random * 1664525 + 1013904223;
    run_ring((int)(random >> 16) % (MOST + 1));
    if (i % 40 == 0)
      sleep_milliseconds(1);
  }
  return NULL;
}

static void callers_at_once(void) {
  pthread_t callers[CALLERS];
  for (size_t i = 0; i < CALLERS; i++)
    CHECK(pthread_create(&callers[i], NULL, call_regions, (void *)(i + 1)) == 0);
  for (int i = 0; i < CALLERS; i++)
    pthread_join(callers[i], NULL);
}

static void inner(void *argument) {
  CHECK(ck_team_index() == 0 && ck_team_count() == 1);
  ck_team_barrier(); // alone
  ((int *)argument)[0]++;
}
static void outer(void *argument) {
  const int me = ck_team_index(), count = ck_team_count();
  ck_team_run(4, inner, (int *)argument + me);
  CHECK(ck_team_index() == me && ck_team_count() == count);
  ck_team_barrier();
}
static void regions_inside_regions(void) {
  int calls[MOST] = {0};
  ck_team_run(MOST, outer, calls);
  CHECK(calls[0] == 1);
}

// Its child has none of a process' threads; it starts new ones.
static void child_process(void) {
  run_ring(3);
  const pid_t child = fork();
  if (child == 0)
    _exit(run_ring(3) >= 1 ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void *with_few_threads(void *argument) {
  (void)argument;
  CHECK(ck_start_threads(4) == 3);
  startable = 100; // whoever failed once does not ask again at every region
  CHECK(run_ring(4) <= 3);
  CHECK(startable == 100);
  return NULL;
}
// Two of the three workers that a caller wants can be started. It needs a team of its own, for the only other is in
// use.
static void hold(void *argument) {
  if (ck_team_index() > 0)
    return;
  pthread_t caller;
  CHECK(pthread_create(&caller, NULL, with_few_threads, argument) == 0);
  pthread_join(caller, NULL);
}
static void threads_that_cannot_start(void) {
  CHECK(ck_start_threads(2) == 2);
  startable = 3; // the caller and two of its workers
  ck_team_run(2, hold, NULL);
  startable = 1 << 20;
}

static void sizes(void) {
  enum { MS = 1000000 };
  ck_team_size size = ck_team_size_make();
  int64_t now = 0;
#define SIZE(wanted) ck_team_size_now(&size, wanted, now)
#define LEARN(count, worked, waited) ck_team_size_learn(&size, count, (worked) * MS, (waited) * MS, now)
  CHECK(SIZE(16) == 16);
  for (int i = 0; i < 100; i++)
    LEARN(16, 2, 1); // waits, but works for longer
  CHECK(SIZE(16) == 16);
  LEARN(16, 1, 3); // one turn of another process is no reason yet
  CHECK(SIZE(16) == 16);
  LEARN(16, 1, 5);
  CHECK(SIZE(16) == 12 && SIZE(5) == 5);
  LEARN(2, 0, 9);
  CHECK(SIZE(16) == 1);
  now += 20 * MS - 1;
  CHECK(SIZE(16) == 1);
  now += 1;
  CHECK(SIZE(1) == 1);  // who wants one tries no more
  CHECK(SIZE(16) == 2); // a trial
  LEARN(2, 0, 3);       // which fails
  for (int pause = 40; pause <= 320; pause += pause < 320 ? pause : 1) {
    now += (int64_t)pause * MS - 1; // each pause is twice the one before, up to a third of a second
    CHECK(SIZE(16) == 1);
    now += 1;
    CHECK(SIZE(16) == 2);
    LEARN(2, 0, 3);
  }
  now += 320 * MS;
  const int larger[] = {2, 3, 4, 5, 6, 8, 10, 13, 16};
  for (size_t i = 0; i < sizeof larger / sizeof *larger; i++) {
    CHECK(SIZE(16) == larger[i] && SIZE(16) == larger[i]); // one step at a time
    LEARN(larger[i], 3, 0);
  }
  CHECK(SIZE(16) == 16);
}

int main(int count, char **arguments) {
  const char *mode = count > 1 ? arguments[1] : "";
  if (strcmp(mode, "limited") == 0) { // by OMP_THREAD_LIMIT=2
    CHECK(ck_start_threads(4) == 2 && run_ring(4) <= 2);
    return 0;
  }
  if (strcmp(mode, "fixed") == 0) { // by OMP_DYNAMIC=false
    ck_team_size size = ck_team_size_make();
    ck_team_size_learn(&size, 16, 0, 1000000000, 0);
    CHECK(ck_team_size_now(&size, 16, 0) == 16 && run_ring(4) == 4);
    return 0;
  }
  threads_that_cannot_start(); // first, for the other checks leave teams behind
  sizes();
  callers_at_once();
  regions_inside_regions();
  if (strcmp(mode, "fork") == 0) // which ThreadSanitizer does not follow
    child_process();
  return 0;
}
