#include "gemm/macro_kernel.h"
#include "gemm/blocking.h"
#include "gemm/packing.h"
#include "gemm/partition.h"

// Computes the block `rows` x `columns` of C over one block of k. `b` is that block of B, and `tile` knows how to read
// it.
static void multiply_block(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range rows, ck_range columns,
                           ck_range depth, const float *b, float *row_buffer) {
  const ck_tile_kernels *tiles = ck_tiles(context);
  const bool packed = packs_a(context, g), along_k = context->pairs || (!packed && !g->trans_a);
  const bool streams = along_k && !packed;
  const ck_tile_table *table = along_k ? &tiles->along_k : &tiles->along_rows;
  const float *bias = tile.bias;
  for (ptrdiff_t block = 0; block < rows.count; block += row_block(context)) {
    const ptrdiff_t row = rows.first + block, height = ck_min(rows.count - block, row_block(context));
    const ptrdiff_t count = ck_ceil_div(height, tiles->rows);
    if (packed)
      ck_pack_a_block(context, g, row, height, count, depth.first, depth.count, row_buffer);
    for (ptrdiff_t j = 0, wide; j < columns.count; j += wide) {
      wide = ck_tile_columns(tiles, columns.count - j);
      const ptrdiff_t strips = ck_tile_strips(tiles, wide);
      tile.last_columns = wide - (ck_ceil_div(wide, CK_LANES) - 1) * CK_LANES;
      tile.bias = bias ? bias + columns.first + j : NULL;
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(height, count, t, 1);
        const float *a = packed ? row_buffer + part.first * tile.length : a_at(g, row + part.first, depth.first);
        tile.a_row = !along_k ? 1 : packed ? tile.length : g->lda;
        tile.a_k = along_k ? 1 : packed ? part.count : g->lda;
        const bool followed = block + part.first + part.count < rows.count;
        (streams && followed ? tiles->streamed : *table)[strips][part.count - 1](
            &tile, a, b + j / CK_LANES * tile.b_strip, g->c + (row + part.first) * g->ldc + columns.first + j);
      }
    }
  }
}

// Does the same for a C of one row, all of whose columns fit one wide tile.
static void multiply_row(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range columns, ck_range depth,
                         const float *b, float *row_buffer) {
  const ptrdiff_t strips = ck_ceil_div(columns.count, CK_LANES);
  const float *a = a_at(g, 0, depth.first);
  if (context->pairs) {
    ck_pack_a_block(context, g, 0, 1, 1, depth.first, depth.count, row_buffer);
    a = row_buffer;
  }
  tile.last_columns = columns.count - (strips - 1) * CK_LANES;
  tile.bias = tile.bias ? tile.bias + columns.first : NULL;
  ck_tiles(context)->wide[strips - 1](&tile, a, b, g->c + columns.first);
}

// What the tiles of one block of k have in common. The first block of `all` scales C by beta, the last one adds the
// bias and applies the ReLU. `low` is the distance to B's residual terms.
static ck_tile block_tile(const ck_context *context, const ck_gemm *g, ck_range all, ck_range block, ptrdiff_t low) {
  const bool last = block.first + block.count == all.first + all.count;
  return (ck_tile){.segments = 1,
                   .length = cells(context, block.count),
                   .chunk = ck_chunk(context),
                   .a_low = ck_low(context, row_buffer_cells(context, g)),
                   .b_low = low,
                   .c_row = g->ldc,
                   .fetches_c = true,
                   .alpha = g->alpha,
                   .beta = block.first == all.first ? g->beta : 1.0f,
                   .bias = last ? g->bias : NULL,
                   .relu = last && g->relu};
}

// Computes one block of C. Panels of B are packed, by all workers together where several read them, and multiplied one
// block of k after the other.
static void multiply_c_block(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                             const ck_c_block *mine, float *panel, float *row_buffer) {
  const bool packs = packs_b(context, g), in_strips = packs || g->packed_b;
  const ck_worker packer = mine->shared ? me : (ck_worker){0, 1};
  const ptrdiff_t end = depths.first + depths.count, panel_k = panel_depth(context, g, me.count);
  const ptrdiff_t low = b_low(context, g, me.count);
  ptrdiff_t k = depths.first;
  do { // once even where k is 0, for the sake of beta and the bias
    const ptrdiff_t start = k, stop = ck_min(end, start + panel_k);
    if (packs) {
      ck_pack_b_panel(context, g, mine->packed, (ck_range){start, stop - start}, packer, panel, low);
      if (mine->shared)
        ck_barrier();
    }
    do {
      const ptrdiff_t depth = ck_min(stop - k, k_block(context)), length = cells(context, depth);
      ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, low);
      tile.b_k = in_strips ? CK_LANES : g->ldb;
      tile.b_strip = in_strips ? length * CK_LANES : CK_LANES;
      const float *b = packs ? panel + cells(context, k - start) * ck_round_up(mine->packed.count, CK_LANES) +
                                   (mine->columns.first - mine->packed.first) * length
                       : in_strips ? packed_block(context, g, mine->columns.first, k, depth)
                                   : b_at(g, k, mine->columns.first);
      multiply_block(context, g, tile, mine->rows, mine->columns, (ck_range){k, depth}, b, row_buffer);
      k += depth;
    } while (k < stop);
    if (packs && mine->shared && stop < end)
      ck_barrier();
  } while (k < end);
}

// Several tiles high: workers share what they pack of B.
static void multiply_high(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                          ck_gemm_buffers buffers) {
  const ptrdiff_t panel_cells = cells(context, ck_min(panel_depth(context, g, me.count), depths.count));
  for (ptrdiff_t column = 0; column < g->n; column += COLUMN_BLOCK) {
    const ck_range block = {column, ck_min(g->n - column, COLUMN_BLOCK)};
    ck_c_block mine[2];
    const int count = ck_gemm_partition(context, g, me, block, mine);
    float *panel = buffers.columns + (packs_b(context, g) ? (mine[0].packed.first - column) * panel_cells : 0);
    for (int i = 0; i < count; i++)
      multiply_c_block(context, g, depths, me, &mine[i], panel, buffers.rows);
    if (packs_b(context, g) && me.count > 1 && column + block.count < g->n) // the next panels lie elsewhere in it
      ck_barrier();
  }
}

// Skinny, one tile high: every worker packs its own columns, one tile's width at a time, which then are in the nearest
// cache, and waits for nobody.
static void multiply_low(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                         ck_gemm_buffers buffers) {
  const ptrdiff_t end = depths.first + depths.count, width = low_width(context, g);
  const ptrdiff_t low = b_low(context, g, me.count);
  const ck_range mine = ck_worker_part(me, g->n, CK_LANES);
  ptrdiff_t k = depths.first;
  do {
    const ptrdiff_t depth = ck_min(end - k, k_block(context));
    ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, low);
    tile.b_k = CK_LANES;
    tile.b_strip = tile.length * CK_LANES;
    float *strips = buffers.columns + me.index * width * deepest_block(context, g);
    for (ptrdiff_t j = 0; j < mine.count; j += width) {
      const ck_range columns = {mine.first + j, ck_min(mine.count - j, width)};
      const float *b = strips;
      if (g->packed_b)
        b = packed_block(context, g, columns.first, k, depth);
      else
        ck_pack_b_block(context, g, columns.first, columns.count, k, depth, strips, low);
      if (is_one_row(context, g))
        multiply_row(context, g, tile, columns, (ck_range){k, depth}, b, buffers.rows);
      else
        multiply_block(context, g, tile, (ck_range){0, g->m}, columns, (ck_range){k, depth}, b, buffers.rows);
    }
    k += depth;
  } while (k < end);
}

void ck_gemm_multiply(const ck_context *context, const ck_gemm *g, ck_range depths, ck_worker me,
                      ck_gemm_buffers buffers) {
  (is_low(context, g) ? multiply_low : multiply_high)(context, g, depths, me, buffers);
}
