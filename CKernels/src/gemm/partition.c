#include "gemm/partition.h"
#include "gemm/blocking.h"

enum {
  PACKED_A_COLUMNS = 16, // packing a row of A costs about as much as so many more columns of C
  // Columns of B that other workers need as well cost about as much as so many more rows of C. The first is the price
  // of those that are packed, together or each for itself, for what another core has packed comes from its cache; the
  // second is that of those that are read where they lie.
  PACKED_B_ROWS = 16,
  SHARED_B_ROWS = 3,
  // Where columns are shared out, every worker reads all of A; that costs about as much as so many more columns of C.
  SHARED_A_COLUMNS = 3,
  // Two workers write a cache line of each row of C where they meet in the middle of one: it travels between their
  // cores in about the time of so many products.
  SHARED_LINE_PRODUCTS = 1024,
};

// Whether every row of C begins with a cache line, as the workers' columns then do.
static bool rows_begin_lines(const ck_gemm *g) {
  return g->ldc % CK_LANES == 0 && (uintptr_t)g->c % (CK_LANES * sizeof(float)) == 0;
}

// What a row costs each worker, in columns of C, besides its own columns, where these are shared out.
static ptrdiff_t cut_row_price(const ck_gemm *g, ptrdiff_t a_columns) {
  const ptrdiff_t line = rows_begin_lines(g) ? 0 : SHARED_LINE_PRODUCTS / ck_max(g->k, 1);
  return (a_columns > 0 ? 0 : SHARED_A_COLUMNS) + line;
}

int ck_gemm_partition(const ck_context *context, const ck_gemm *g, ck_worker me, ck_range block, ck_c_block mine[2]) {
  if (me.count == 1) { // all these divisions would show in small products
    mine[0] = (ck_c_block){{0, g->m}, block, block, false};
    return 1;
  }
  const ptrdiff_t a_columns = packs_a(context, g) ? PACKED_A_COLUMNS : 0;
  const ptrdiff_t b_rows = packs_b(context, g) ? PACKED_B_ROWS : g->packed_b || g->rows_stay ? 0 : SHARED_B_ROWS;
  const ptrdiff_t cut = cut_row_price(g, a_columns);
  const ptrdiff_t unit = ck_tiles(context)->panels * CK_LANES;
  const ptrdiff_t units = ck_ceil_div(block.count, unit), panels = ck_ceil_div(block.count, CK_LANES);
  ptrdiff_t best = PTRDIFF_MAX, down = 1;
  for (ptrdiff_t d = 1; d <= me.count; d++) {
    if (me.count % d != 0)
      continue;
    const ptrdiff_t across = ck_min(ck_ceil_div(units, me.count / d) * unit, ck_round_up(block.count, CK_LANES));
    const ptrdiff_t high = ck_ceil_div(g->m, d), row = across + a_columns + (d < me.count ? cut : 0);
    const ptrdiff_t most = high * row + (d > 1 ? b_rows : 0) * across;
    if (most < best || (most == best && g->m > block.count)) {
      best = most;
      down = d;
    }
  }
  const ptrdiff_t own = panels / me.count, left = panels % me.count; // what is left over is packed where one's own was
  const ptrdiff_t high = ck_ceil_div(g->m, me.count);
  const ptrdiff_t most =
      g->m * (own * CK_LANES + a_columns + cut) + (left > 0 ? high * a_columns : 0) + (high + b_rows) * left * CK_LANES;
  if (own >= left && most < best) {
    const ptrdiff_t first = me.index * own * CK_LANES, rest = me.count * own * CK_LANES;
    const ck_range columns = {block.first + first, ck_min(own * CK_LANES, block.count - first)};
    const ck_range rest_columns = {block.first + rest, block.count - rest};
    mine[0] = (ck_c_block){{0, g->m}, columns, columns, false};
    mine[1] = (ck_c_block){ck_worker_share(me, g->m, 1), rest_columns, rest_columns, false};
    return left > 0 ? 2 : 1;
  }
  ck_range columns = ck_share(block.count, me.count / down, me.index / down, unit);
  columns.first += block.first;
  mine[0] = (ck_c_block){ck_share(g->m, down, me.index % down, 1), columns, down > 1 ? block : columns, down > 1};
  return 1;
}
