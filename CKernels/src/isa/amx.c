// AMX: matrix products of bf16 in tile registers; packing with AVX512_BF16, whose kernels multiply what is too short
// for a tile.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(                                                                       \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma,amx-tile,amx-bf16"))), \
    apply_to = function)
#include "isa/avx512_tiles.h"

#define AMX_SHAPE(SHAPES) _tile_loadconfig(SHAPES)
#define AMX_RELEASE() _tile_release()
#define AMX_ZERO(T) _tile_zero(T)
#define AMX_LOAD(T, FROM, ROW) _tile_loadd(T, FROM, (ROW) * (ptrdiff_t)sizeof(float))
#define AMX_STORE(T, TO, ROW) _tile_stored(T, TO, (ROW) * (ptrdiff_t)sizeof(float))
#define AMX_MULTIPLY(C, A, B) _tile_dpbf16ps(C, A, B)
#include "gemm/amx_tile_kernel.h"
#include "gemm/bf16_pack_kernel.h"

const ck_bf16_kernels ck_bf16_amx = AMX_BF16_KERNELS(1), ck_bf16x2_amx = AMX_BF16_KERNELS(2);
#pragma clang attribute pop
#endif
