// What the compiler makes of plain C, with fused multiply-adds emulated: what the other instruction sets are checked
// against.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CK_KERNEL_SET ck_kernels_portable
#define CK_TILE_ROWS 6
#define CK_TILE_PANELS 1
#define CK_TILE_WIDE_PANELS 4
#define CK_WINDOW_SUMS 3
#include "isa/all_kernels.h"
