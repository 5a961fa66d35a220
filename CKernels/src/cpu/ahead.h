// A prefetch stream: memory that a thread needs next is prefetched, a few cache lines at each step of what it computes
// now. The hardware does not foresee what comes in many streams at once, as the planes of an image do.
#ifndef CK_CPU_AHEAD_H
#define CK_CPU_AHEAD_H

#include "cpu/workspace.h"

enum { CK_CACHE_LINE = 64 };

typedef struct {
  const char *at, *end;
  ptrdiff_t bytes; // prefetched in one step
} ck_ahead;

// Prefetches `count` floats, all of them within so many steps; none where there are no steps.
static inline ck_ahead ck_ahead_of(const float *floats, ptrdiff_t count, ptrdiff_t turns) {
  const ptrdiff_t bytes = count * (ptrdiff_t)sizeof(float);
  if (turns <= 0)
    return (ck_ahead){NULL, NULL, 0};
  return (ck_ahead){(const char *)floats, (const char *)floats + bytes,
                    ck_round_up(ck_ceil_div(bytes, turns), CK_CACHE_LINE)};
}

static inline void ck_ahead_turn(ck_ahead *ahead) {
  const char *stop = ahead->end - ahead->at < ahead->bytes ? ahead->end : ahead->at + ahead->bytes;
  for (; ahead->at < stop; ahead->at += CK_CACHE_LINE)
    __builtin_prefetch(ahead->at, 0, 2); // into the second level
}

#endif
