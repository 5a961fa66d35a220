// AVX2 and FMA: 16 registers of eight floats; 6 x 2 of them, six rows of one panel, accumulate.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_KERNEL_SET ck_kernels_avx2
#define CK_ISA_HAS_FMA
#define CK_ISA_HAS_MASKS_256
#define CK_TILE_ROWS 6
#define CK_TILE_PANELS 1
#define CK_TILE_WIDE_PANELS 4
#define CK_WINDOW_SUMS 3
#include "isa/all_kernels.h"
#pragma clang attribute pop
#endif
