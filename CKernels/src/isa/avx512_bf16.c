// AVX512_BF16: an instruction that multiplies sixteen pairs of bf16 and adds both products.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma"))), \
                             apply_to = function)
#define CK_TILE_BF16
#include "isa/avx512_tiles.h"

#include "conv/winograd_input_kernel.h"
#include "gemm/bf16_pack_kernel.h"
#include "gemm/tile_kernel.h"

const ck_bf16_kernels ck_bf16_avx512 = {
    .terms = 1,
    .tiles = &tile_kernels,
    .any_length = &ck_bf16_avx512,
    .chunk = 1,
    CK_BF16_PACKING,
    .winograd_input = winograd_input,
};
#pragma clang attribute pop
#endif
