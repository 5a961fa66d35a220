// Transposition of a block of 16 x 16 in registers.
#ifndef CK_SIMD_TRANSPOSE_16X16_H
#define CK_SIMD_TRANSPOSE_16X16_H

#include "simd/v16.h"

// In every group of four lanes: the first (second) halves of a and b, interleaved or joined.
#define UNPACK_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define UNPACK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define JOIN_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define JOIN_HIGH(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
// Groups of four lanes: the even (odd) groups of a, then those of b.
#define EVEN_GROUPS(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_GROUPS(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

CK_INLINE void transpose_16x16(v16 row[16]) {
  v16 quad[16]; // quad[4q + c]: in group g, column 4g + c of rows 4q ... 4q + 3
  CK_UNROLL for (int q = 0; q < 16; q += 4) {
    const v16 low0 = UNPACK_LOW(row[q], row[q + 1]), high0 = UNPACK_HIGH(row[q], row[q + 1]);
    const v16 low1 = UNPACK_LOW(row[q + 2], row[q + 3]), high1 = UNPACK_HIGH(row[q + 2], row[q + 3]);
    quad[q] = JOIN_LOW(low0, low1);
    quad[q + 1] = JOIN_HIGH(low0, low1);
    quad[q + 2] = JOIN_LOW(high0, high1);
    quad[q + 3] = JOIN_HIGH(high0, high1);
  }
  CK_UNROLL for (int c = 0; c < 4; c++) {
    const v16 even0 = EVEN_GROUPS(quad[c], quad[4 + c]), even1 = EVEN_GROUPS(quad[8 + c], quad[12 + c]);
    const v16 odd0 = ODD_GROUPS(quad[c], quad[4 + c]), odd1 = ODD_GROUPS(quad[8 + c], quad[12 + c]);
    row[c] = EVEN_GROUPS(even0, even1);
    row[8 + c] = ODD_GROUPS(even0, even1);
    row[4 + c] = EVEN_GROUPS(odd0, odd1);
    row[12 + c] = ODD_GROUPS(odd0, odd1);
  }
}

#endif
