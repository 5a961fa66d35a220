// What the cases of emulated_amx.c are made of and checked with: numbers, workspaces, sums in double precision.
#ifndef EMULATED_AMX_CHECKS_H
#define EMULATED_AMX_CHECKS_H

#include "emulated_amx.h"

static float *numbers(ptrdiff_t count, uint32_t seed, float scale) {
  float *result = aligned_alloc(64, ((size_t)count * sizeof(float) + 63) / 64 * 64);
  for (ptrdiff_t i = 0; i < count; i++) {
    seed = seed * 1664525 + 1013904223;
    result[i] = scale * (float)(int32_t)seed * 0x1p-31f;
  }
  return result;
}

enum { GUARD = 64 };
static void *workspace_of(size_t bytes) {
  char *memory = aligned_alloc(64, (bytes + GUARD + 63) / 64 * 64);
  memset(memory, 0xff, bytes + GUARD);
  return memory;
}
static void free_workspace(void *memory, size_t bytes) {
  for (size_t i = bytes; i < bytes + GUARD; i++)
    require(((unsigned char *)memory)[i] == 0xff, "written behind the workspace");
  free(memory);
}

static void fail(const char *what, ptrdiff_t i, double is, double should) {
  fprintf(stderr, "emulated AMX: %s: element %td is %.9g, not %.9g\n", what, i, is, should);
  exit(1);
}
static void compare(const char *what, ptrdiff_t count, const float *is, const float *should, double tolerance) {
  for (ptrdiff_t i = 0; i < count; i++)
    if (!(fabs((double)is[i] - should[i]) <= tolerance))
      fail(what, i, is[i], should[i]);
}

// A sum in double precision, of the products' sizes too, and how many they are.
typedef struct {
  double sum, size;
  int terms;
} oracle;
static void add_product(oracle *o, float a, float b) {
  o->sum += (double)a * b;
  o->size += fabs((double)a * b);
  o->terms++;
}
// A product of two parts each is off by 2^-15 at most, see gemm/range.h; the errors of many go all ways, so that of
// their sum's size they are that by the root of their number: less than 2e-6 from 233 on.
static double worst; // of those so far
static void compare_high(const char *what, ptrdiff_t count, const float *is, const oracle *should) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const oracle *o = &should[i];
    const double error = fabs(is[i] - o->sum), bound = 0x1p-15 / sqrt(fmax(o->terms, 1));
    if (!(error <= bound * o->size + o->terms * 0x1p-124))
      fail(what, i, is[i], o->sum);
    if (o->terms >= 233 && o->size > 0x1p-80)
      worst = fmax(worst, error / o->size);
  }
}

#endif
