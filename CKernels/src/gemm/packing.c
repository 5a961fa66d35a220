#include "gemm/packing.h"
#include "gemm/blocking.h"
#include <string.h>

// Fills the last chunk of a row or an NR panel up with zeros.
static void fill_up(const ck_context *context, float *elements, ptrdiff_t count, ptrdiff_t lo) {
  for (ptrdiff_t term = 0; count > 0 && term < ck_terms(context); term++)
    memset(elements + term * lo, 0, (size_t)count * sizeof(float));
}

// Packs rows of A as bf16 pairs.
static void pack_bf16_rows(const ck_context *context, const ck_gemm *g, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t k,
                           ptrdiff_t depth, float *to) {
  const ck_bf16_kernels *bf16 = context->bf16;
  const ptrdiff_t length = elements(context, depth), valid = ck_ceil_div(depth, ck_vnni_factor(context));
  const ptrdiff_t lo = ck_lo_distance(context, a_buffer_elements(context, g));
  if (g->trans_a)
    bf16->pack_across_transposed(depth, rows, a_at(g, row, k), g->lda, to, length, lo);
  else
    bf16->pack_along(rows, depth, a_at(g, row, k), g->lda, to, length, lo);
  for (ptrdiff_t i = 0; i < rows; i++)
    fill_up(context, to + i * length + valid, length - valid, lo);
}

// Packs columns of B as NR panels of bf16 pairs.
static void pack_bf16_columns(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t columns,
                              ptrdiff_t k, ptrdiff_t depth, float *to, ptrdiff_t lo) {
  const ck_bf16_kernels *bf16 = context->bf16;
  const ptrdiff_t length = elements(context, depth), valid = ck_ceil_div(depth, ck_vnni_factor(context));
  for (ptrdiff_t j = 0; j < columns; j += CK_LANES, to += length * CK_LANES) {
    const ptrdiff_t wide = ck_min(columns - j, CK_LANES);
    if (g->trans_b)
      bf16->pack_along_transposed(wide, depth, b_at(g, k, column + j), g->ldb, to, CK_LANES, CK_LANES, lo);
    else
      bf16->pack_across(depth, wide, b_at(g, k, column + j), g->ldb, to, CK_LANES, CK_LANES, lo);
    fill_up(context, to + valid * CK_LANES, (length - valid) * CK_LANES, lo);
  }
}

void ck_pack_a_block(const ck_context *context, const ck_gemm *g, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t tiles,
                     ptrdiff_t k, ptrdiff_t depth, float *to) {
  const ck_kernel_set *kernels = context->kernels;
  if (context->bf16) {
    pack_bf16_rows(context, g, row, rows, k, depth, to);
    return;
  }
  for (ptrdiff_t t = 0; t < tiles; t++) {
    const ck_range share = ck_share(rows, tiles, t, 1);
    (g->trans_a ? kernels->pack_a_panel_transposed : kernels->pack_a_panel)(
        share.count, depth, a_at(g, row + share.first, k), g->lda, to + share.first * depth);
  }
}

void ck_pack_b_panels(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t columns, ptrdiff_t k,
                      ptrdiff_t depth, float *to, ptrdiff_t lo) {
  const ck_kernel_set *kernels = context->kernels;
  if (context->bf16)
    pack_bf16_columns(context, g, column, columns, k, depth, to, lo);
  else
    (g->trans_b ? kernels->pack_b_panels_transposed : kernels->pack_b_panels)(depth, columns, b_at(g, k, column),
                                                                              g->ldb, to);
}

void ck_pack_b_blocks(const ck_context *context, const ck_gemm *g, ck_range columns, ck_range depths, ck_worker me,
                      float *b_block, ptrdiff_t lo) {
  const ck_range mine = ck_worker_share(me, columns.count, CK_LANES);
  for (ptrdiff_t k = 0; k < depths.count; k += k_block(context)) {
    const ptrdiff_t depth = ck_min(depths.count - k, k_block(context));
    float *block = b_block + elements(context, k) * ck_round_up(columns.count, CK_LANES);
    ck_pack_b_panels(context, g, columns.first + mine.first, mine.count, depths.first + k, depth,
                     block + mine.first * elements(context, depth), lo);
  }
}
