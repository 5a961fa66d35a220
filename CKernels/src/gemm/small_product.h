// Products of so few multiplications that they would be over before the blocked product had made its plans.
#ifndef CK_GEMM_SMALL_PRODUCT_H
#define CK_GEMM_SMALL_PRODUCT_H

#include "gemm/gemm.h"

// Whether a product is a small one: all of A and B are in the nearest caches, and one thread is enough.
bool ck_gemm_is_small(const ck_context *context, const ck_gemm *g);
// Whether every product of such sizes is, transposed or not, but for one of a part or a packed B.
bool ck_gemm_sizes_are_small(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

// Computes a small product on the calling thread, without a workspace.
void ck_gemm_multiply_small(const ck_context *context, const ck_gemm *g);

#endif
