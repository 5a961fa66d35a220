#include "gemm/packing.h"
#include "gemm/blocking.h"
#include <string.h>

// Fills the last chunk of a row or an NR panel up with zeros.
static void fill_up(const ck_context *context, float *cells, ptrdiff_t count, ptrdiff_t low) {
  for (ptrdiff_t part = 0; count > 0 && part < ck_parts(context); part++)
    memset(cells + part * low, 0, (size_t)count * sizeof(float));
}

// Packs rows of A as bf16 pairs.
static void pair_rows(const ck_context *context, const ck_gemm *g, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t k,
                      ptrdiff_t depth, float *to) {
  const ck_pair_kernels *pairs = context->pairs;
  const ptrdiff_t length = cells(context, depth), valid = ck_ceil_div(depth, ck_per_cell(context));
  const ptrdiff_t low = ck_low(context, row_buffer_cells(context, g));
  if (g->trans_a)
    pairs->across_transposed(depth, rows, a_at(g, row, k), g->lda, to, length, low);
  else
    pairs->along(rows, depth, a_at(g, row, k), g->lda, to, length, low);
  for (ptrdiff_t i = 0; i < rows; i++)
    fill_up(context, to + i * length + valid, length - valid, low);
}

// Packs columns of B as NR panels of bf16 pairs.
static void pair_columns(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t columns, ptrdiff_t k,
                         ptrdiff_t depth, float *to, ptrdiff_t low) {
  const ck_pair_kernels *pairs = context->pairs;
  const ptrdiff_t length = cells(context, depth), valid = ck_ceil_div(depth, ck_per_cell(context));
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES, to += length * CK_LANES) {
    const ptrdiff_t wide = ck_min(columns - j, CK_LANES);
    if (g->trans_b)
      pairs->along_transposed(wide, depth, b_at(g, k, column + j), g->ldb, to, CK_LANES, CK_LANES, low);
    else
      pairs->across(depth, wide, b_at(g, k, column + j), g->ldb, to, CK_LANES, CK_LANES, low);
    fill_up(context, to + valid * CK_LANES, (length - valid) * CK_LANES, low);
  }
}

void ck_pack_a_block(const ck_context *context, const ck_gemm *g, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t tiles,
                     ptrdiff_t k, ptrdiff_t depth, float *to) {
  const ck_kernel_set *kernels = context->kernels;
  if (context->pairs) {
    pair_rows(context, g, row, rows, k, depth, to);
    return;
  }
  for (ptrdiff_t t = 0; t < tiles; t++) {
    const ck_range part = ck_part(rows, tiles, t, 1);
    (g->trans_a ? kernels->pack_rows_transposed : kernels->pack_rows)(part.count, depth, a_at(g, row + part.first, k),
                                                                      g->lda, to + part.first * depth);
  }
}

void ck_pack_b_block(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t columns, ptrdiff_t k,
                     ptrdiff_t depth, float *to, ptrdiff_t low) {
  const ck_kernel_set *kernels = context->kernels;
  if (context->pairs)
    pair_columns(context, g, column, columns, k, depth, to, low);
  else
    (g->trans_b ? kernels->pack_strips_transposed : kernels->pack_strips)(depth, columns, b_at(g, k, column), g->ldb,
                                                                          to);
}

void ck_pack_b_panel(const ck_context *context, const ck_gemm *g, ck_range columns, ck_range depths, ck_worker me,
                     float *panel, ptrdiff_t low) {
  const ck_range mine = ck_worker_part(me, columns.count, CK_LANES);
  for (ptrdiff_t k = 0; k < depths.count; k += k_block(context)) {
    const ptrdiff_t depth = ck_min(depths.count - k, k_block(context));
    float *block = panel + cells(context, k) * ck_round_up(columns.count, CK_LANES);
    ck_pack_b_block(context, g, columns.first + mine.first, mine.count, depths.first + k, depth,
                    block + mine.first * cells(context, depth), low);
  }
}
