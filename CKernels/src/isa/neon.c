// NEON, which every aarch64 processor has, with its fused multiply-adds: 32 registers of four floats; 6 x 4 of them,
// six rows of one panel, accumulate, four hold the panel of B and the rest the numbers of A.
#if defined(__aarch64__)
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CK_KERNEL_SET ck_kernels_neon
#define CK_ISA_HAS_FMA
#define CK_TILE_ROWS 6
#define CK_TILE_PANELS 1
#define CK_TILE_WIDE_PANELS 4
#define CK_WINDOW_SUMS 3
#include "isa/all_kernels.h"
#endif
