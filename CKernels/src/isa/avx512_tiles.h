// What all kernels for AVX-512 are made with: its masks and fused multiply-adds, and the tiles that fill 32 registers
// of sixteen lanes, 14 x 2 of which accumulate. Included once by a file that turns the compiler's target on.
#define CK_ISA_HAS_FMA
#define CK_ISA_HAS_MASKS_512
#define CK_TILE_ROWS 14
#define CK_TILE_PANELS 2
#define CK_TILE_WIDE_PANELS 8
#define CK_WINDOW_SUMS 9
