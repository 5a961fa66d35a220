// AVX512_BF16: an instruction that multiplies sixteen pairs of bf16 and adds both products.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma"))), \
                             apply_to = function)
#define CK_ISA_HAS_FMA
#define CK_ISA_HAS_MASKS_512
#define CK_TILE_ROWS 14
#define CK_TILE_STRIPS 2
#define CK_TILE_WIDE_STRIPS 8
#define CK_TILE_PAIRS
#include "gemm/pairs_kernel.h"
#include "gemm/tile_kernel.h"

const ck_pair_kernels ck_pairs_avx512 = {
    .tiles = &tile_kernels,
    .small_tiles = &tile_kernels,
    .chunk = 1,
    .along = along,
    .across = across,
    .along_transposed = along_transposed,
    .across_transposed = across_transposed,
};
#pragma clang attribute pop
#endif
