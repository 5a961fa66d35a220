// The range of numbers that two bf16 terms (CK_HIGH) are good for.
//
// A number of at least 2^-109 in two bf16 terms is off by at most 2^-17 of itself, and a product, which leaves out that
// of both residuals, by 2^-15: at random a tenth of that, and in a sum of many less again. Residuals and products of
// terms that fall below 2^-126 count as zero. That is nothing beside a matrix's ordinary numbers, but it would be
// much of the result where all numbers of a factor are tiny; then the call is computed at full precision.
//
// At the other end a finite number stays finite, to 2^-16 of it, and so does its product with 1; but sums of terms may
// overflow where the result comes within 1 % of the largest float. Infinity times a residual of 0 is NaN, so that what
// an infinite factor takes part in is not finite, and mostly NaN.
#ifndef CK_DISPATCH_BF16X2_RANGE_H
#define CK_DISPATCH_BF16X2_RANGE_H

#include "cpu/workspace.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Whether these numbers are within that range: one of them is 2^-50 or more. Two factors of which that is true have a
// product of 2^-100 or more, and what is lost below 2^-126 is nothing beside it. Stops at the first 64 numbers that
// hold one.
static inline bool ck_within_bf16x2_range(ptrdiff_t rows, ptrdiff_t columns, const float *from, ptrdiff_t from_row) {
  enum { LARGE_ENOUGH = 0x26800000, AT_ONCE = 64 }; // the bits of 2^-50
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j += AT_ONCE) {
      int32_t bits[AT_ONCE] = {0};
      memcpy(bits, from + i * from_row + j, (size_t)ck_min(columns - j, AT_ONCE) * sizeof(float));
      bool is_large = false;
      for (int k = 0; k < AT_ONCE; k++)
        is_large |= (bits[k] & 0x7fffffff) >= LARGE_ENOUGH;
      if (is_large)
        return true;
    }
  }
  return false;
}
#endif
