// Packing: blocks of A and B are copied, and at lower precision rounded, into the order in which tile kernels read
// them.
#ifndef CK_GEMM_PACKING_H
#define CK_GEMM_PACKING_H

#include "cpu/parallel.h"
#include "gemm/gemm.h"

// Packs `rows` rows of A from `row`, `depth` deep from k, for so many tiles one after the other. Floats are transposed,
// so that a tile's rows are neighbours; bf16 pairs stay in rows, along which k runs.
void ck_pack_a_block(const ck_context *context, const ck_gemm *g, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t tiles,
                     ptrdiff_t k, ptrdiff_t depth, float *to);

// Packs columns of B from `column`, `depth` deep from k, in NR panels; their residual terms go `lo` floats further on.
void ck_pack_b_panels(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t columns, ptrdiff_t k,
                      ptrdiff_t depth, float *to, ptrdiff_t lo);

// Packs all k in `depths`, block after block; worker `me` packs its share of these columns.
void ck_pack_b_blocks(const ck_context *context, const ck_gemm *g, ck_range columns, ck_range depths, ck_worker me,
                      float *b_block, ptrdiff_t lo);

#endif
