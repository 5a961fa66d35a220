// How many threads pay off at the moment, and how long they spin while they wait.
//
// A thread whose core is busy with other work holds up its whole team: at each end of a region the others wait until it
// had its turn, which is milliseconds. Where more than half of the time is waited away, a smaller team is faster. So a
// team shrinks while its caller waits for longer than it works, and tries the larger size again from time to time. That
// changes no result, for none depends on the number of threads.
#ifndef CK_CPU_TEAM_SIZE_H
#define CK_CPU_TEAM_SIZE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int most;               // threads at the moment
  bool is_trial;          // `most` has just grown
  int64_t next_trial;     // when it may grow, in ck_nanoseconds
  int64_t pause;          // between the last trial and the next
  int largest;            // team in this period
  int64_t worked, waited; // by the caller in this period, in nanoseconds
} ck_team_size;

ck_team_size ck_team_size_make(void);

// The size of a region's team that wants so many threads. `now` is the time, as ck_nanoseconds tells it.
int ck_team_size_now(ck_team_size *size, int wanted, int64_t now);

// Takes in how long a region's caller worked and waited, in nanoseconds.
void ck_team_size_learn(ck_team_size *size, int count, int64_t worked, int64_t waited, int64_t now);

// The largest team that the user allows.
int ck_team_limit(void);

// How long a waiting thread spins before it sleeps, in nanoseconds.
int64_t ck_spin_nanoseconds(void);

#endif
