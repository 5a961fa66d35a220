// The six verbs of the kernels of AMX as plain C, after the definition of TDPBF16PS in Intel's manual, under the same
// packing and tile kernels. Shapes that do not fit the tile registers end the program.
#ifndef EMULATED_AMX_H
#define EMULATED_AMX_H

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int rows, bytes;
  float element[16][16];
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
  memset(registers[t].element, 0, sizeof registers[t].element);
}
static void load(int t, const float *from, ptrdiff_t row) {
  zero(t);
  for (int i = 0; i < registers[t].rows; i++)
    memcpy(registers[t].element[i], from + i * row, (size_t)registers[t].bytes);
}
static void store(int t, float *to, ptrdiff_t row) {
  require(registers[t].rows > 0, "an empty tile");
  for (int i = 0; i < registers[t].rows; i++)
    memcpy(to + i * row, registers[t].element[i], (size_t)registers[t].bytes);
}

static float half_of(float element, int which) {
  uint32_t bits;
  memcpy(&bits, &element, sizeof bits);
  bits = which == 0 ? bits << 16 : bits & 0xffff0000;
  memcpy(&element, &bits, sizeof bits);
  return element;
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
          sum[half] = fmaf(half_of(left->element[i][k], half), half_of(right->element[k][j], half), sum[half]);
      to->element[i][j] += sum[0] + sum[1];
    }
  }
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma"))), \
                             apply_to = function)
#include "isa/avx512_tiles.h"

#define AMX_SHAPE(SHAPES) shape(SHAPES)
#define AMX_RELEASE() release()
#define AMX_ZERO(T) zero(T)
#define AMX_LOAD(T, FROM, ROW) load(T, FROM, ROW)
#define AMX_STORE(T, TO, ROW) store(T, TO, ROW)
#define AMX_MULTIPLY(C, A, B) multiply(C, A, B)
#include "gemm/amx_tile_kernel.h"
#include "gemm/bf16_pack_kernel.h"
#pragma clang attribute pop

static const ck_bf16_kernels emulated_medium = AMX_BF16_KERNELS(1), emulated_bf16x2 = AMX_BF16_KERNELS(2);

#endif
