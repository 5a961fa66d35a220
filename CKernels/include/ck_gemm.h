// Matrix products of row-major float matrices.
#ifndef CK_GEMM_H
#define CK_GEMM_H

#include "ck_context.h"

// C = alpha * op(A) * op(B) + beta * C, where op(X) is X or, with `trans`, its transpose.
// op(A) is m x k, op(B) is k x n, C is m x n; lda, ldb and ldc are the floats from one stored row to the next.
// Where beta is 0, C is not read. C must not overlap A or B. `workspace` has ck_sgemm_workspace_bytes, 64-byte aligned.
//
// At CK_HIGHEST each sum over k is a chain of fused multiply-adds in ascending order, cut every CK_GEMM_K_BLOCK steps,
// and for few outputs over a long k in a fixed tree: the bits depend on the shape alone. At CK_MEDIUM the elements of A
// and B are rounded to bf16, at CK_HIGH split into two bf16 terms (src/dispatch/bf16x2_range.h says how well); finite
// ones stay finite.
void ck_sgemm(const ck_context *context, bool trans_a, bool trans_b, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha,
              const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float beta, float *c, ptrdiff_t ldc,
              void *workspace);
size_t ck_sgemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

#define CK_GEMM_K_BLOCK 384

#endif
