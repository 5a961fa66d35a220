#define _GNU_SOURCE // for sched_getaffinity
#include "ck_context.h"
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#include <stdlib.h>
#endif

#if defined(__linux__)
// The mask has as many bits as the kernel was built for, which nobody says: it is asked for with ever more room.
static int processors_of_mask(void) {
  for (int bits = 1024; bits <= 1 << 20; bits *= 4) {
    cpu_set_t *mask = CPU_ALLOC(bits);
    if (mask == NULL)
      return 0;
    const int count =
        sched_getaffinity(0, CPU_ALLOC_SIZE(bits), mask) == 0 ? CPU_COUNT_S(CPU_ALLOC_SIZE(bits), mask) : 0;
    CPU_FREE(mask);
    if (count > 0)
      return count;
  }
  return 0;
}
#else
static int processors_of_mask(void) { return 0; }
#endif

int ck_processors(void) {
  const int allowed = processors_of_mask();
  const long online = allowed > 0 ? allowed : sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
