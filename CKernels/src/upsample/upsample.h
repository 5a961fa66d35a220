// What the kernels of upsampling read: from which input pixels each output pixel comes.
#ifndef CK_UPSAMPLE_UPSAMPLE_H
#define CK_UPSAMPLE_UPSAMPLE_H

#include "ck_upsample.h"

// Along one axis: output pixel i is (1 - weight[i]) * input pixel first[i] + weight[i] * the one `step[i]` after it.
typedef struct {
  ptrdiff_t *first, *step; // 1, or 0 in the last pixel
  float *weight;
} ck_upsample_axis;

typedef struct ck_upsample_tables {
  ck_upsample_axis rows, columns;
} ck_upsample_tables;

#endif
