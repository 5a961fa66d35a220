// What the cases of emulated_amx.c are made of and checked with: numbers, workspaces, sums in double precision.
#ifndef EMULATED_AMX_CHECKS_H
#define EMULATED_AMX_CHECKS_H

#include "ck_conv.h"
#include "emulated_amx.h"

static ck_context context_of(const ck_bf16_kernels *bf16, int threads) {
  ck_context context = ck_context_make(CK_ISA_AVX512, CK_HIGHEST, threads);
  context.bf16 = bf16;
  return context;
}

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
// A product of two parts each is off by 2^-15 at most, see dispatch/bf16x2_range.h; the errors of many go all ways, so
// that of their sum's size they are that by the root of their number: less than 2e-6 from 233 on.
static double worst; // of those so far
static void compare_bf16x2(const char *what, ptrdiff_t count, const float *is, const oracle *should) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const oracle *o = &should[i];
    const double error = fabs(is[i] - o->sum), bound = 0x1p-15 / sqrt(fmax(o->terms, 1));
    if (!(error <= bound * o->size + o->terms * 0x1p-124))
      fail(what, i, is[i], o->sum);
    if (o->terms >= 233 && o->size > 0x1p-80)
      worst = fmax(worst, error / o->size);
  }
}

// ---- convolutions ----

typedef struct {
  ptrdiff_t x, w, y; // floats
} conv_counts;
static conv_counts counts_of(const ck_conv2d *s) {
  return (conv_counts){s->batch * s->channels * s->height * s->width,
                       s->filters * s->channels * s->kernel_height * s->kernel_width,
                       s->batch * s->filters * ck_conv2d_out_height(s) * ck_conv2d_out_width(s)};
}

typedef struct {
  oracle *y, *dx, *dw;
} conv_oracle;

static conv_oracle oracle_of(const ck_conv2d *s, const float *x, const float *w, const float *dy) {
  const conv_counts count = counts_of(s);
  const conv_oracle o = {calloc((size_t)count.y, sizeof(oracle)), calloc((size_t)count.x, sizeof(oracle)),
                         calloc((size_t)count.w, sizeof(oracle))};
  const ptrdiff_t high = ck_conv2d_out_height(s), wide = ck_conv2d_out_width(s),
                  taps = s->kernel_height * s->kernel_width;
  for (ptrdiff_t out = 0; out < count.y; out++) {
    const ptrdiff_t image = out / (s->filters * high * wide), filter = out / (high * wide) % s->filters;
    for (ptrdiff_t in = 0; in < s->channels * taps; in++) {
      const ptrdiff_t tap_row = in % taps / s->kernel_width, tap_column = in % s->kernel_width;
      const ptrdiff_t row = out / wide % high * s->stride_height - s->pad_height + tap_row * s->dilation_height;
      const ptrdiff_t column = out % wide * s->stride_width - s->pad_width + tap_column * s->dilation_width;
      if (row < 0 || row >= s->height || column < 0 || column >= s->width)
        continue;
      const ptrdiff_t pixel = ((image * s->channels + in / taps) * s->height + row) * s->width + column;
      const ptrdiff_t weight = filter * s->channels * taps + in;
      add_product(&o.y[out], x[pixel], w[weight]);
      add_product(&o.dx[pixel], dy[out], w[weight]);
      add_product(&o.dw[weight], dy[out], x[pixel]);
    }
  }
  return o;
}

#endif
