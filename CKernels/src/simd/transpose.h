// What may happen to numbers while they are transposed: it saves a pass over them.
#ifndef CK_SIMD_TRANSPOSE_H
#define CK_SIMD_TRANSPOSE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const float *mask;  // laid out like the source: where it is not above zero, zero is taken; or NULL
  const float *bias;  // added to each row of the target, or NULL
  const float *added; // laid out like the target: added as well, or NULL
  bool relu;          // afterwards, what is below zero becomes zero
  ptrdiff_t run, gap; // after every `run` rows the target leaves `gap` floats out; run 0: never
} ck_transpose_change;

#endif
