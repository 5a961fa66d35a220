// What the compiler makes of plain C: SSE2 on x86-64, where fused multiply-adds are emulated, and NEON on aarch64,
// whose 32 registers of four floats hold six rows of one strip.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CK_KERNEL_SET ck_kernels_portable
#define CK_ISA CK_ISA_PORTABLE
#define CK_TILE_ROWS 6
#define CK_TILE_STRIPS 1
#include "isa/all_kernels.h"
