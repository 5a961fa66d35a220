// Teams of threads, which run the parallel regions of the kernels.
#ifndef CK_CPU_TEAM_H
#define CK_CPU_TEAM_H

// Calls `body` on up to `threads` threads at once, the caller among them, and returns when all are done. There are
// fewer where they cannot be started, where the machine has no core for them at the moment, and inside another region.
void ck_team_run(int threads, void (*body)(void *argument), void *argument);

// Inside a region: returns when all threads of the team have called it.
void ck_team_barrier(void);

// The calling thread's place in its team, 0 ..< ck_team_count(). Outside of regions a thread is a team of its own.
int ck_team_index(void);
int ck_team_count(void);

#endif
