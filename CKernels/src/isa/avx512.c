// AVX-512: 32 registers of sixteen floats; 14 x 2 of them accumulate.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#define CK_KERNEL_SET ck_kernels_avx512
#define CK_ISA_HAS_FMA
#define CK_ISA_HAS_MASKS_512
#define CK_TILE_ROWS 14
#define CK_TILE_STRIPS 2
#define CK_TILE_WIDE_STRIPS 8
#include "isa/all_kernels.h"
#pragma clang attribute pop
#endif
