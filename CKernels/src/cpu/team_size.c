#include "cpu/team_size.h"
#include "ck_context.h"
#include <stdlib.h>
#include <strings.h>

// Measured on two cores, alone and beside one and four busy processes (the pauses' sum of trials costs 1 to 2 %).
enum {
  MICROSECOND = 1000,
  MILLISECOND = 1000 * MICROSECOND,
  SPIN = 100 * MICROSECOND, // waits between regions of a training are shorter, turns of other processes longer
  PERIOD = 8 * MILLISECOND, // longer than the turn that the system gives to a process by the way
  TRIAL = 2 * MILLISECOND,
  SHORTEST_PAUSE = 20 * MILLISECOND,
  LONGEST_PAUSE = 320 * MILLISECOND,
};

// What OpenMP's environment variables say. What they cannot say is ignored here; Swift's Kernels.fromEnvironment
// refuses it.
static struct {
  int64_t spin;    // OMP_WAIT_POLICY
  bool is_dynamic; // OMP_DYNAMIC: whether teams may be smaller than asked for
  int limit;       // OMP_THREAD_LIMIT
} settings = {SPIN, true, CK_MAX_THREADS};

static bool says(const char *variable, const char *word) {
  const char *text = getenv(variable);
  return text != NULL && strcasecmp(text, word) == 0;
}

__attribute__((constructor)) static void read_settings(void) {
  if (says("OMP_WAIT_POLICY", "active"))
    settings.spin = INT64_MAX;
  if (says("OMP_WAIT_POLICY", "passive"))
    settings.spin = 0;
  settings.is_dynamic = !says("OMP_DYNAMIC", "false");
  const char *limit = getenv("OMP_THREAD_LIMIT");
  const long number = limit == NULL ? 0 : strtol(limit, NULL, 10);
  if (number > 0 && number < settings.limit)
    settings.limit = (int)number;
}

int ck_team_limit(void) { return settings.limit; }
int64_t ck_spin_nanoseconds(void) { return settings.spin; }

ck_team_size ck_team_size_make(void) { return (ck_team_size){.most = settings.limit, .pause = SHORTEST_PAUSE}; }

static void start_period(ck_team_size *size, bool is_trial) {
  size->is_trial = is_trial;
  size->largest = 0;
  size->worked = size->waited = 0;
}

int ck_team_size_now(ck_team_size *size, int wanted, int64_t now) {
  if (wanted > size->most && size->most < settings.limit && !size->is_trial && now >= size->next_trial) {
    const int larger = size->most + (size->most > 3 ? size->most / 3 : 1);
    size->most = larger < settings.limit ? larger : settings.limit;
    start_period(size, true);
  }
  return wanted < size->most ? wanted : size->most;
}

void ck_team_size_learn(ck_team_size *size, int count, int64_t worked, int64_t waited, int64_t now) {
  if (!settings.is_dynamic)
    return;
  size->worked += worked;
  size->waited += waited;
  if (count > size->largest)
    size->largest = count;
  if (size->worked + size->waited < (size->is_trial ? TRIAL : PERIOD))
    return;
  if (size->waited > size->worked) {
    // A failed trial doubles the pause: whoever keeps the cores busy may stay for long.
    const int64_t twice = 2 * size->pause < LONGEST_PAUSE ? 2 * size->pause : LONGEST_PAUSE;
    size->pause = size->is_trial ? twice : SHORTEST_PAUSE;
    size->most = size->largest - (size->largest > 4 ? size->largest / 4 : 1);
    size->next_trial = now + size->pause;
  }
  start_period(size, false);
}
