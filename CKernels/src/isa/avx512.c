// AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#define CK_KERNEL_SET ck_kernels_avx512
#include "isa/avx512_tiles.h"

#include "isa/all_kernels.h"
#pragma clang attribute pop
#endif
