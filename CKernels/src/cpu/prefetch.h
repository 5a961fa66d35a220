// A prefetch stream: memory that a thread needs next is prefetched, a few cache lines at each step of what it computes
// now. The hardware does not foresee what comes in many streams at once, as the planes of an image do.
#ifndef CK_CPU_PREFETCH_H
#define CK_CPU_PREFETCH_H

#include "cpu/workspace.h"

enum { CK_CACHE_LINE = 64 };

typedef struct {
  const char *at, *end;
  ptrdiff_t bytes; // prefetched in one step
} ck_prefetch;

// Prefetches `count` floats, all of them within so many steps; none where there are no steps.
static inline ck_prefetch ck_prefetch_make(const float *floats, ptrdiff_t count, ptrdiff_t steps) {
  const ptrdiff_t bytes = count * (ptrdiff_t)sizeof(float);
  if (steps <= 0)
    return (ck_prefetch){NULL, NULL, 0};
  return (ck_prefetch){(const char *)floats, (const char *)floats + bytes,
                       ck_round_up(ck_ceil_div(bytes, steps), CK_CACHE_LINE)};
}

static inline void ck_prefetch_step(ck_prefetch *stream) {
  const char *stop = stream->end - stream->at < stream->bytes ? stream->end : stream->at + stream->bytes;
  for (; stream->at < stop; stream->at += CK_CACHE_LINE)
    __builtin_prefetch(stream->at, 0, 2); // into the second level
}

#endif
