// The kernels of AMX on processors without it: its six verbs as plain C, after the definition of TDPBF16PS in Intel's
// manual, under the same drivers, packing and tile kernels. What comes out is compared with AVX512_BF16, whose results
// the Swift tests compare with double precision. Shapes that do not fit the tile registers end the program.
#include "ck_conv.h"
#include "ck_gemm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
  int rows, bytes;
  float cell[16][16];
} tile_register;
static _Thread_local tile_register registers[8];
static _Atomic long products;

static void require(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "emulated AMX: %s\n", what);
  exit(1);
}

static void shape(const void *memory) {
  const uint8_t *bytes = memory;
  require(bytes[0] == 1 && bytes[1] == 0, "palette 1 starts at row 0");
  for (int t = 0; t < 8; t++) {
    registers[t] = (tile_register){.rows = bytes[48 + t], .bytes = bytes[16 + 2 * t] | bytes[17 + 2 * t] << 8};
    require(registers[t].rows <= 16 && registers[t].bytes <= 64, "a tile has 16 rows of 64 bytes");
    require((registers[t].rows == 0) == (registers[t].bytes == 0), "rows without columns");
  }
}
static void release(void) { memset(registers, 0, sizeof registers); }
static void zero(int t) {
  require(registers[t].rows > 0, "an empty tile");
  memset(registers[t].cell, 0, sizeof registers[t].cell);
}
static void load(int t, const float *from, ptrdiff_t row) {
  zero(t);
  for (int i = 0; i < registers[t].rows; i++)
    memcpy(registers[t].cell[i], from + i * row, (size_t)registers[t].bytes);
}
static void store(int t, float *to, ptrdiff_t row) {
  require(registers[t].rows > 0, "an empty tile");
  for (int i = 0; i < registers[t].rows; i++)
    memcpy(to + i * row, registers[t].cell[i], (size_t)registers[t].bytes);
}

static float half_of(float cell, int which) {
  uint32_t bits;
  memcpy(&bits, &cell, sizeof bits);
  bits = which == 0 ? bits << 16 : bits & 0xffff0000;
  memcpy(&cell, &bits, sizeof bits);
  return cell;
}
static void multiply(int c, int a, int b) {
  tile_register *to = &registers[c], *left = &registers[a], *right = &registers[b];
  require(to->rows == left->rows && to->bytes == right->bytes && left->bytes == 4 * right->rows && to->rows > 0,
          "tiles that do not fit together");
  products++;
  for (int i = 0; i < to->rows; i++) {
    for (int j = 0; j < to->bytes / 4; j++) {
      float sum[2] = {0, 0};
      for (int k = 0; k < right->rows; k++)
        for (int half = 0; half < 2; half++)
          sum[half] = fmaf(half_of(left->cell[i][k], half), half_of(right->cell[k][j], half), sum[half]);
      to->cell[i][j] += sum[0] + sum[1];
    }
  }
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma"))), \
                             apply_to = function)
#define CK_TILE_PAIRS
#include "isa/avx512_lanes.h"

#define AMX_SHAPE(SHAPES) shape(SHAPES)
#define AMX_RELEASE() release()
#define AMX_ZERO(T) zero(T)
#define AMX_LOAD(T, FROM, ROW) load(T, FROM, ROW)
#define AMX_STORE(T, TO, ROW) store(T, TO, ROW)
#define AMX_MULTIPLY(C, A, B) multiply(C, A, B)
#include "gemm/amx_tile_kernel.h"
#include "gemm/pairs_kernel.h"
#pragma clang attribute pop

static const ck_pair_kernels emulated = {
    .tiles = &amx_tiles, .small_tiles = &tile_kernels, .chunk = 16, CK_PAIR_PACKING, .release = amx_release};

static float *numbers(ptrdiff_t count, uint32_t seed) {
  float *result = aligned_alloc(64, ((size_t)count * sizeof(float) + 63) / 64 * 64);
  for (ptrdiff_t i = 0; i < count; i++) {
    seed = seed * 1664525 + 1013904223;
    result[i] = (float)(int32_t)seed * 0x1p-31f;
  }
  return result;
}

static void compare(const char *what, ptrdiff_t count, const float *is, const float *should, double tolerance) {
  for (ptrdiff_t i = 0; i < count; i++) {
    if (fabs((double)is[i] - should[i]) <= tolerance)
      continue;
    fprintf(stderr, "emulated AMX: %s: element %td is %g, not %g\n", what, i, is[i], should[i]);
    exit(1);
  }
}

// The largest sum here has 1,600 products below one: its two orders of adding differ by 1,600 roundings at most.
static const double tolerance = 1600 * 1600 * 0x1p-24;

static void try_gemm(const ck_context *amx, const ck_context *avx512, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int form,
                     float alpha, float beta) {
  const bool trans_a = form & 1, trans_b = form & 2;
  float *a = numbers(m * k, 1), *b = numbers(k * n, 2), *c = numbers(m * n, 3), *d = numbers(m * n, 3);
  void *workspace = numbers((ptrdiff_t)ck_sgemm_workspace_bytes(amx, m, n, k), 4);
  ck_sgemm(amx, trans_a, trans_b, m, n, k, alpha, a, trans_a ? m : k, b, trans_b ? k : n, beta, c, n, workspace);
  ck_sgemm(avx512, trans_a, trans_b, m, n, k, alpha, a, trans_a ? m : k, b, trans_b ? k : n, beta, d, n, workspace);
  char what[80];
  snprintf(what, sizeof what, "gemm %td x %td x %td, form %d", m, n, k, form);
  compare(what, m * n, c, d, tolerance);
  free(a), free(b), free(c), free(d), free(workspace);
}

static void try_conv(const ck_context *amx, const ck_context *avx512, const ck_conv2d *s) {
  const ptrdiff_t xs = s->batch * s->channels * s->height * s->width;
  const ptrdiff_t ws = s->filters * s->channels * s->kernel_height * s->kernel_width;
  const ptrdiff_t ys = s->batch * s->filters * ck_conv2d_out_height(s) * ck_conv2d_out_width(s);
  float *x = numbers(xs, 1), *w = numbers(ws, 2), *dy = numbers(ys, 3);
  float *workspace = numbers((ptrdiff_t)ck_conv2d_workspace_bytes(amx, s) / 2, 4);
  const ck_context *contexts[] = {amx, avx512};
  float *y[2], *dx[2], *dw[2];
  for (int i = 0; i < 2; i++) {
    y[i] = numbers(ys, 5), dx[i] = numbers(xs, 6), dw[i] = numbers(ws, 7);
    ck_conv2d_forward(contexts[i], s, x, w, NULL, y[i], NULL, workspace);
    ck_conv2d_backward(contexts[i], s, dy, x, w, NULL, NULL, dx[i], dw[i], NULL, workspace);
  }
  char what[80];
  snprintf(what, sizeof what, "conv of %td channels and %td filters", s->channels, s->filters);
  compare(what, ys, y[0], y[1], tolerance);
  compare(what, xs, dx[0], dx[1], tolerance);
  compare(what, ws, dw[0], dw[1], tolerance);
  for (int i = 0; i < 2; i++)
    free(y[i]), free(dx[i]), free(dw[i]);
  free(x), free(w), free(dy), free(workspace);
}

int main(void) {
  if (!ck_precision_supported(CK_ISA_AVX512, CK_MEDIUM)) {
    puts("emulated AMX: skipped, for this processor has no AVX512_BF16 to compare with");
    return 0;
  }
  const ck_context avx512 = ck_context_make(CK_ISA_AVX512, CK_MEDIUM, 2);
  ck_context amx = avx512;
  amx.pairs = &emulated;
  static const ptrdiff_t sizes[][3] = {{1, 1, 1},    {16, 16, 32}, {17, 33, 31},   {32, 32, 64},  {33, 31, 65},
                                       {15, 48, 33}, {100, 10, 7}, {161, 70, 129}, {40, 20, 1600}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int form = 0; form < 4; form++)
      try_gemm(&amx, &avx512, sizes[i][0], sizes[i][1], sizes[i][2], form, form == 3 ? 0.5f : 1.0f, (float)form / 2);
  static const ck_conv2d convs[] = {
      {2, 1, 9, 9, 3, 5, 5, 1, 1, 0, 0, CK_CONV_PLAIN},    {2, 16, 7, 20, 16, 3, 3, 1, 1, 1, 1, CK_CONV_PLAIN},
      {1, 32, 6, 35, 40, 3, 3, 1, 1, 1, 1, CK_CONV_PLAIN}, {1, 20, 8, 33, 48, 5, 5, 1, 1, 2, 2, CK_CONV_PLAIN},
      {1, 33, 9, 11, 17, 3, 3, 2, 2, 1, 1, CK_CONV_PLAIN}, {1, 64, 5, 17, 32, 1, 1, 1, 1, 0, 0, CK_CONV_PLAIN},
  };
  for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
    try_conv(&amx, &avx512, &convs[i]);
  require(products > 5000, "the drivers did not use the tiles");
  printf("emulated AMX: %ld tile products, all as they should be\n", products);
}
#else
int main(void) { puts("emulated AMX: skipped, for this is no x86-64"); }
#endif
