// A matrix product as the drivers see it; ck_sgemm and the affine layer are calls of this.
#ifndef CK_GEMM_GEMM_H
#define CK_GEMM_GEMM_H

#include "ck_gemm.h"

typedef struct {
  bool trans_a, trans_b;
  ptrdiff_t m, n, k;
  float alpha;
  const float *a;
  ptrdiff_t lda;
  const float *b;
  ptrdiff_t ldb;
  float beta;
  float *c;
  ptrdiff_t ldc;
  const float *bias; // added to each row of C at the end, unless NULL
  bool relu;         // afterwards, what is below zero becomes zero
} ck_gemm;

void ck_gemm_run(const ck_context *context, const ck_gemm *gemm, void *workspace);

#endif
