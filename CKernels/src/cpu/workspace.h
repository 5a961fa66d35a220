// Cuts a caller's workspace into aligned pieces. The same calls with base NULL measure how much is needed.
#ifndef CK_CPU_WORKSPACE_H
#define CK_CPU_WORKSPACE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  char *base;
  size_t used;
} ck_workspace;

static inline float *ck_take_floats(ck_workspace *workspace, ptrdiff_t count) {
  float *piece = (float *)(workspace->base ? workspace->base + workspace->used : NULL);
  workspace->used += ((size_t)count * sizeof(float) + 63) & ~(size_t)63;
  return piece;
}

static inline ptrdiff_t ck_round_up(ptrdiff_t value, ptrdiff_t unit) { return (value + unit - 1) / unit * unit; }
static inline ptrdiff_t ck_ceil_div(ptrdiff_t value, ptrdiff_t unit) { return (value + unit - 1) / unit; }
static inline ptrdiff_t ck_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t ck_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

#endif
