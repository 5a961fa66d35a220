#include "gemm/macro_kernel.h"
#include "gemm/blocking.h"
#include "gemm/packing.h"
#include "gemm/partition.h"

// The kernels of tiles that lie side by side: of the first one, of the others, and of one whose B ends within a panel,
// or NULL where panels are filled up.
typedef struct {
  const ck_tile_table *first, *others, *ending;
} row_tables;

// Those for a block whose A is packed or not, and contiguous along k or along rows. The first tile prefetches the rows
// of A for the tiles below, if there are any.
static row_tables tables_for(const ck_context *context, const ck_gemm *g, bool packed_a, bool along_k, bool followed) {
  const ck_tile_kernels *tiles = ck_tiles(context);
  const bool in_place = !g->packed_b && !packs_b(context, g) && ck_has_ending_tiles(tiles);
  if (!along_k)
    return (row_tables){&tiles->along_rows, &tiles->along_rows, in_place ? &tiles->ending_along_rows : NULL};
  const ck_tile_table *prefetching = in_place ? &tiles->ending_prefetching : &tiles->prefetching;
  return (row_tables){followed && !packed_a ? prefetching : &tiles->along_k, &tiles->along_k,
                      in_place ? &tiles->ending_prefetching : NULL};
}

// Computes tiles side by side: `rows` x `columns` of C from `c` on, with the biases from `bias` on. `a` and `b` are the
// rows of A and the panels of B that they are computed from.
static void multiply_tiles(const ck_tile_kernels *tiles, row_tables tables, ck_tile *tile, ptrdiff_t rows,
                           ptrdiff_t columns, const float *a, const float *b, float *c, const float *bias) {
  for (ptrdiff_t j = 0, wide; j < columns; j += wide) {
    wide = ck_tile_columns(tiles, columns - j);
    tile->last_columns = wide - (ck_ceil_div(wide, CK_LANES) - 1) * CK_LANES;
    tile->bias = bias ? bias + j : NULL;
    const bool ends = tables.ending && ck_tile_ends_within(wide);
    const ck_tile_table *table = ends ? tables.ending : j == 0 ? tables.first : tables.others;
    (*table)[ck_tile_panels(tiles, wide)][rows - 1](tile, a, b + j / CK_LANES * tile->b_panel, c + j);
  }
}

// Computes the block `rows` x `columns` of C over one block of k. `b` is that block of B, and `tile` knows how to read
// it. Tiles go along the rows of C: those of A that one is computed from are then in the first-level cache for the
// next, while B comes from the second.
static void multiply_block(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range rows, ck_range columns,
                           ck_range depth, const float *b, float *a_buffer) {
  const ck_tile_kernels *tiles = ck_tiles(context);
  const bool packed = packs_a(context, g), along_k = context->bf16 || (!packed && !g->trans_a);
  const row_tables above = tables_for(context, g, packed, along_k, true);
  const row_tables last = tables_for(context, g, packed, along_k, false);
  const float *bias = tile.bias;
  const ptrdiff_t most_rows = row_block(context);
  for (ptrdiff_t block = 0; block < rows.count; block += most_rows) {
    const ptrdiff_t row = rows.first + block, height = ck_min(rows.count - block, most_rows);
    const ptrdiff_t count = ck_ceil_div(height, tiles->rows);
    if (packed)
      ck_pack_a_block(context, g, row, height, count, depth.first, depth.count, a_buffer);
    for (ptrdiff_t j = 0; j < columns.count; j += NEAR_COLUMNS) {
      const ptrdiff_t column = columns.first + j, width = ck_min(columns.count - j, NEAR_COLUMNS);
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range share = ck_share(height, count, t, 1);
        const float *a = packed ? a_buffer + share.first * tile.length : a_at(g, row + share.first, depth.first);
        tile.a_row = !along_k ? 1 : packed ? tile.length : g->lda;
        tile.a_k = along_k ? 1 : packed ? share.count : g->lda;
        const bool followed = block + share.first + share.count < rows.count;
        multiply_tiles(tiles, followed ? above : last, &tile, share.count, width, a, b + j / CK_LANES * tile.b_panel,
                       g->c + (row + share.first) * g->ldc + column, bias ? bias + column : NULL);
      }
    }
  }
}

// Does the same for a C of one row, all of whose columns fit one wide tile.
static void multiply_gemv(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range columns, ck_range depth,
                          const float *b, float *a_buffer) {
  const ptrdiff_t panels = ck_ceil_div(columns.count, CK_LANES);
  const float *a = a_at(g, 0, depth.first);
  if (context->bf16) {
    ck_pack_a_block(context, g, 0, 1, 1, depth.first, depth.count, a_buffer);
    a = a_buffer;
  }
  tile.last_columns = columns.count - (panels - 1) * CK_LANES;
  tile.bias = tile.bias ? tile.bias + columns.first : NULL;
  ck_tiles(context)->wide[panels - 1](&tile, a, b, g->c + columns.first);
}

// What the tiles of one block of k have in common. The first block of `all` scales C by beta, the last one adds the
// bias and applies the ReLU. `lo` is the distance to B's residual terms.
static ck_tile block_tile(const ck_context *context, const ck_gemm *g, ck_range all, ck_range block, ptrdiff_t lo) {
  const bool last = block.first + block.count == all.first + all.count;
  return (ck_tile){.segments = 1,
                   .length = elements(context, block.count),
                   .chunk = ck_chunk(context),
                   .a_lo = ck_lo_distance(context, a_buffer_elements(context, g)),
                   .b_lo = lo,
                   .c_row = g->ldc,
                   .prefetches_c = block.count > SHORT_DEPTH,
                   .continues = g->continues && block.first == all.first,
                   .alpha = g->alpha,
                   .beta = block.first == all.first ? g->beta : 1.0f,
                   .bias = last ? g->bias : NULL,
                   .relu = last && g->relu};
}

void ck_gemm_activate(const ck_context *context, const ck_gemm *g, ck_range rows, ck_range columns) {
  const ck_activation *f = g->activation;
  if (!f)
    return;
  for (ptrdiff_t i = rows.first; i < rows.first + rows.count; i++) {
    const ptrdiff_t at = i * g->ldc + columns.first;
    context->kernels->activation_forward[f->kind](f, columns.count, g->c + at, g->activated + at);
  }
}

// Computes one block of C. Blocks of B are packed, by all workers together where several read them, and multiplied one
// block of k after the other.
static void multiply_c_block(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                             const ck_c_block *mine, float *b_block, float *a_buffer) {
  const bool packs = packs_b(context, g), in_panels = packs || g->packed_b;
  const ck_worker packer = mine->shared ? me : (ck_worker){0, 1};
  const ptrdiff_t end = depths.first + depths.count, block_k = b_block_depth(context, g, me.count);
  const ptrdiff_t lo = b_lo(context, g, me.count);
  ptrdiff_t k = depths.first;
  do { // once even where k is 0, for the sake of beta and the bias
    const ptrdiff_t start = k, stop = ck_min(end, start + block_k);
    if (packs) {
      ck_pack_b_blocks(context, g, mine->packed, (ck_range){start, stop - start}, packer, b_block, lo);
      if (mine->shared)
        ck_barrier();
    }
    do {
      const ptrdiff_t depth = ck_min(stop - k, k_block(context)), length = elements(context, depth);
      ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, lo);
      tile.b_k = in_panels ? CK_LANES : g->ldb;
      tile.b_panel = in_panels ? length * CK_LANES : CK_LANES;
      const float *b = packs ? b_block + elements(context, k - start) * ck_round_up(mine->packed.count, CK_LANES) +
                                   (mine->columns.first - mine->packed.first) * length
                       : in_panels ? packed_block(context, g, mine->columns.first, k, depth)
                                   : b_at(g, k, mine->columns.first);
      multiply_block(context, g, tile, mine->rows, mine->columns, (ck_range){k, depth}, b, a_buffer);
      k += depth;
    } while (k < stop);
    if (packs && mine->shared && stop < end)
      ck_barrier();
  } while (k < end);
  ck_gemm_activate(context, g, mine->rows, mine->columns);
}

// Several tiles high: workers share what they pack of B.
static void multiply_shared(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                            ck_gemm_buffers buffers) {
  const ptrdiff_t block_elements = elements(context, ck_min(b_block_depth(context, g, me.count), depths.count));
  for (ptrdiff_t column = 0; column < g->n; column += COLUMN_BLOCK) {
    const ck_range block = {column, ck_min(g->n - column, COLUMN_BLOCK)};
    ck_c_block mine[2];
    const int count = ck_gemm_partition(context, g, me, block, mine);
    float *b_block = buffers.columns + (packs_b(context, g) ? (mine[0].packed.first - column) * block_elements : 0);
    for (int i = 0; i < count; i++)
      multiply_c_block(context, g, depths, me, &mine[i], b_block, buffers.rows);
    if (packs_b(context, g) && me.count > 1 && column + block.count < g->n) // the next blocks lie elsewhere in it
      ck_barrier();
  }
}

// Skinny, one tile high: every worker packs its own columns, one tile's width at a time, which then are in the nearest
// cache, and waits for nobody.
static void multiply_skinny(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                            ck_gemm_buffers buffers) {
  const bool packs = packs_b(context, g), in_panels = packs || g->packed_b;
  const ptrdiff_t end = depths.first + depths.count, width = skinny_width(context, g);
  const ptrdiff_t lo = b_lo(context, g, me.count);
  const ck_range mine = ck_worker_share(me, g->n, CK_LANES);
  ptrdiff_t k = depths.first;
  do {
    const ptrdiff_t depth = ck_min(end - k, k_block(context));
    ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, lo);
    tile.b_k = in_panels ? CK_LANES : g->ldb;
    tile.b_panel = in_panels ? tile.length * CK_LANES : CK_LANES;
    float *panels = buffers.columns + me.index * width * deepest_block(context, g);
    for (ptrdiff_t j = 0; j < mine.count; j += width) {
      const ck_range columns = {mine.first + j, ck_min(mine.count - j, width)};
      if (packs)
        ck_pack_b_panels(context, g, columns.first, columns.count, k, depth, panels, lo);
      const float *b = packs       ? panels
                       : in_panels ? packed_block(context, g, columns.first, k, depth)
                                   : b_at(g, k, columns.first);
      if (is_gemv(context, g))
        multiply_gemv(context, g, tile, columns, (ck_range){k, depth}, b, buffers.rows);
      else
        multiply_block(context, g, tile, (ck_range){0, g->m}, columns, (ck_range){k, depth}, b, buffers.rows);
    }
    k += depth;
  } while (k < end);
  ck_gemm_activate(context, g, (ck_range){0, g->m}, mine);
}

void ck_gemm_multiply(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                      ck_gemm_buffers buffers) {
  (is_skinny(context, g) ? multiply_skinny : multiply_shared)(context, g, depths, me, buffers);
}
