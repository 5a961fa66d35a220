// Cuts a caller's workspace into aligned pieces. The same calls with base NULL measure how much is needed.
#ifndef CK_CPU_WORKSPACE_H
#define CK_CPU_WORKSPACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  char *base;
  size_t used;
} ck_workspace;

static inline void *ck_take(ck_workspace *workspace, size_t bytes) {
  void *piece = workspace->base ? workspace->base + workspace->used : NULL;
  workspace->used += (bytes + 63) & ~(size_t)63;
  return piece;
}
static inline float *ck_take_floats(ck_workspace *workspace, ptrdiff_t count) {
  return ck_take(workspace, (size_t)count * sizeof(float));
}

// Puts a copy of an object there, and returns it.
static inline const void *ck_keep(ck_workspace *workspace, const void *object, size_t bytes) {
  void *copy = ck_take(workspace, bytes);
  return copy ? memcpy(copy, object, bytes) : NULL;
}

static inline ptrdiff_t ck_round_up(ptrdiff_t value, ptrdiff_t unit) { return (value + unit - 1) / unit * unit; }
static inline ptrdiff_t ck_ceil_div(ptrdiff_t value, ptrdiff_t unit) { return (value + unit - 1) / unit; }
static inline ptrdiff_t ck_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t ck_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

// The same for floats whose memory comes later: where a piece of so many starts, on a cache line of its own.
static inline ptrdiff_t ck_place(ptrdiff_t *end, ptrdiff_t floats) {
  const ptrdiff_t start = *end;
  *end += ck_round_up(floats, 64 / (ptrdiff_t)sizeof(float));
  return start;
}

#endif
