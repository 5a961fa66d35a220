// The blocked matrix product (Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 2008):
// a block of B is packed into NR panels by all threads together; each thread then takes its blocks
// of C and, for every block of its rows of A, runs tile kernels over the NR panels. What is small or read once is not
// packed.
#ifndef CK_GEMM_MACRO_KERNEL_H
#define CK_GEMM_MACRO_KERNEL_H

#include "cpu/parallel.h"
#include "gemm/gemm.h"

// Where one thread packs rows of A and columns of B; the team shares `columns` where it packs them together.
typedef struct {
  float *rows, *columns;
} ck_gemm_buffers;

// C = alpha * A * B + beta * C over k in `depths`, by a team of which the caller is worker `me`.
void ck_gemm_multiply(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                      ck_gemm_buffers buffers);

#endif
