// The blocked matrix product (Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 2008):
// a block of B, K_BLOCK deep, is packed into strips by all threads together; each thread then takes its part of C
// and, for every block of its rows of A, runs tiles over the strips. What is small or read once is not packed.
#include "gemm/packing.h"
#include "gemm/range.h"

enum {
  // Few outputs over a long k: the sum over k itself is cut into this many parts.
  SPLIT_PARTS = 16,
  SPLIT_OUTPUTS = 128 * 128,
  // Fewer rows of C, or numbers along k, leave most of a tile empty: full precision is quicker than three products.
  TWO_PARTS_FROM = 8,
};

// One thread's buffers; `columns` is shared by the team.
typedef struct {
  float *rows, *columns;
} pack_buffers;

typedef struct {
  int index, count;
} worker;

static bool splits_k(const ck_context *context, const ck_gemm *g) {
  return g->m * g->n <= SPLIT_OUTPUTS && g->k >= SPLIT_PARTS * k_block(context);
}

// C's part `rows` x `columns` for one block of k: `b` is that part of B, `tile` already knows how to read it.
static void multiply_block(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range rows, ck_range columns,
                           ck_range depth, const float *b, float *row_buffer) {
  const ck_tile_kernels *tiles = ck_tiles(context);
  const bool packed = packs_a(context, g), along_k = context->pairs || (!packed && !g->trans_a);
  ck_tile_fn *const(*functions)[CK_TILE_MAX_ROWS] = !along_k ? tiles->along_rows
                                                    : packed ? tiles->along_k
                                                             : tiles->streamed;
  const float *bias = tile.bias;
  for (ptrdiff_t block = 0; block < rows.count; block += row_block(context)) {
    const ptrdiff_t row = rows.first + block, height = ck_min(rows.count - block, row_block(context));
    const ptrdiff_t count = ck_ceil_div(height, tiles->rows);
    if (packed)
      pack_a(context, g, row, height, count, depth.first, depth.count, row_buffer);
    for (ptrdiff_t j = 0; j < columns.count; j += tiles->strips * LANES) {
      const ptrdiff_t wide = ck_min(columns.count - j, tiles->strips * LANES);
      const ptrdiff_t strips = ck_ceil_div(wide, LANES);
      tile.last_columns = wide - (strips - 1) * LANES;
      tile.bias = bias ? bias + columns.first + j : NULL;
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(height, count, t, 1);
        const float *a = packed ? row_buffer + part.first * tile.length : a_at(g, row + part.first, depth.first);
        tile.a_row = !along_k ? 1 : packed ? tile.length : g->lda;
        tile.a_k = along_k ? 1 : packed ? part.count : g->lda;
        functions[strips - 1][part.count - 1](&tile, a, b + j / LANES * tile.b_strip,
                                              g->c + (row + part.first) * g->ldc + columns.first + j);
      }
    }
  }
}

// The same for a C of one row, all of whose columns fit one wide tile.
static void multiply_row(const ck_context *context, const ck_gemm *g, ck_tile tile, ck_range columns, ck_range depth,
                         const float *b, float *row_buffer) {
  const ptrdiff_t strips = ck_ceil_div(columns.count, LANES);
  const float *a = a_at(g, 0, depth.first);
  if (context->pairs) {
    pack_a(context, g, 0, 1, 1, depth.first, depth.count, row_buffer);
    a = row_buffer;
  }
  tile.last_columns = columns.count - (strips - 1) * LANES;
  tile.bias = tile.bias ? tile.bias + columns.first : NULL;
  ck_tiles(context)->wide[strips - 1](&tile, a, b, g->c + columns.first);
}

// The part of C that worker `me` computes, of the grid whose largest part is the smallest. Returns whether other
// workers need the same columns of B: then they pack them together, which costs them about as much as 16 more rows, for
// what another core has packed comes from its cache.
static bool split_c(const ck_tile_kernels *tiles, worker me, ptrdiff_t m, ptrdiff_t n, ck_range *rows,
                    ck_range *columns) {
  enum { SHARING_ROWS = 16 };
  const ptrdiff_t unit = tiles->strips * LANES, units = ck_ceil_div(n, unit);
  ptrdiff_t best = PTRDIFF_MAX, down = 1;
  for (ptrdiff_t d = 1; d <= me.count; d++) {
    if (me.count % d != 0)
      continue;
    const ptrdiff_t across = ck_min(ck_ceil_div(units, me.count / d) * unit, ck_round_up(n, LANES));
    const ptrdiff_t most = (ck_ceil_div(m, d) + (d > 1 ? SHARING_ROWS : 0)) * across;
    if (most < best || (most == best && m > n)) {
      best = most;
      down = d;
    }
  }
  *rows = ck_part(m, down, me.index % down, 1);
  *columns = ck_part(n, me.count / down, me.index / down, unit);
  return down > 1;
}

// Packs columns of B for k in `depths`, block after block: of all columns worker `me` its part. `low`: see pairs.h.
static void pack_panel(const ck_context *context, const ck_gemm *g, ck_range columns, ck_range depths, worker me,
                       float *panel, ptrdiff_t low) {
  const ck_range mine = ck_part(columns.count, me.count, me.index, LANES);
  for (ptrdiff_t k = 0; k < depths.count; k += k_block(context)) {
    const ptrdiff_t depth = ck_min(depths.count - k, k_block(context));
    float *block = panel + cells(context, k) * ck_round_up(columns.count, LANES);
    pack_b(context, g, columns.first + mine.first, mine.count, depths.first + k, depth,
           block + mine.first * cells(context, depth), low);
  }
}

// What the tiles of one block of k, of those in `all`, have in common: the first takes C in, the last ends it. `low`:
// that of B.
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

// By a team of which the caller is worker `me`: panels of B are packed, together where several workers read them.
static void multiply_high(const ck_context *context, const ck_gemm *g, ck_range depths, worker me,
                          pack_buffers buffers) {
  const bool packed = packs_b(context, g);
  const ptrdiff_t end = depths.first + depths.count, panel = panel_depth(context, g, me.count);
  const ptrdiff_t low = ck_low(context, column_buffer_cells(context, g, me.count));
  for (ptrdiff_t column = 0; column < g->n; column += COLUMN_BLOCK) {
    const ptrdiff_t width = ck_min(g->n - column, COLUMN_BLOCK);
    ck_range rows, columns;
    const bool shared = split_c(ck_tiles(context), me, g->m, width, &rows, &columns);
    const worker packer = shared ? me : (worker){0, 1};
    const ck_range panel_columns = {column + (shared ? 0 : columns.first), shared ? width : columns.count};
    float *packed_panel = buffers.columns + (shared ? 0 : columns.first * cells(context, ck_min(panel, depths.count)));
    ptrdiff_t k = depths.first;
    do { // once even where k is 0, for beta and the bias
      const ptrdiff_t start = k, stop = ck_min(end, start + panel);
      if (packed) {
        pack_panel(context, g, panel_columns, (ck_range){start, stop - start}, packer, packed_panel, low);
        if (shared) {
#pragma omp barrier
        }
      }
      do {
        const ptrdiff_t depth = ck_min(stop - k, k_block(context)), length = cells(context, depth);
        ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, low);
        tile.b_k = packed ? LANES : g->ldb;
        tile.b_strip = packed ? length * LANES : LANES;
        const float *b = b_at(g, k, column + columns.first);
        if (packed)
          b = packed_panel + cells(context, k - start) * ck_round_up(panel_columns.count, LANES) +
              (shared ? columns.first * length : 0);
        multiply_block(context, g, tile, rows, (ck_range){column + columns.first, columns.count}, (ck_range){k, depth},
                       b, buffers.rows);
        k += depth;
      } while (k < stop);
      if (packed && shared && stop < end) {
#pragma omp barrier
      }
    } while (k < end);
    if (packed && me.count > 1 && column + width < g->n) { // the next columns' panels lie elsewhere in the buffer
#pragma omp barrier
    }
  }
}

// The same where C is low: every worker packs its own columns, one tile's width at a time, which then are in the
// nearest cache, and waits for nobody.
static void multiply_low(const ck_context *context, const ck_gemm *g, ck_range depths, worker me,
                         pack_buffers buffers) {
  const ptrdiff_t end = depths.first + depths.count, width = low_width(context, g);
  const ptrdiff_t low = ck_low(context, column_buffer_cells(context, g, me.count));
  const ck_range mine = ck_part(g->n, me.count, me.index, LANES);
  ptrdiff_t k = depths.first;
  do {
    const ptrdiff_t depth = ck_min(end - k, k_block(context));
    ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth}, low);
    tile.b_k = LANES;
    tile.b_strip = tile.length * LANES;
    float *strips = buffers.columns + me.index * width * deepest_block(context, g);
    for (ptrdiff_t j = 0; j < mine.count; j += width) {
      const ck_range columns = {mine.first + j, ck_min(mine.count - j, width)};
      pack_b(context, g, columns.first, columns.count, k, depth, strips, low);
      if (is_one_row(context, g))
        multiply_row(context, g, tile, columns, (ck_range){k, depth}, strips, buffers.rows);
      else
        multiply_block(context, g, tile, (ck_range){0, g->m}, columns, (ck_range){k, depth}, strips, buffers.rows);
    }
    k += depth;
  } while (k < end);
}

// C = alpha * A * B + beta * C over k in `depths`, by a team of which the caller is worker `me`.
static void multiply(const ck_context *context, const ck_gemm *g, ck_range depths, worker me, pack_buffers buffers) {
  (is_low(context, g) ? multiply_low : multiply_high)(context, g, depths, me, buffers);
}

// Few outputs, long k: every part of k sums into its own copy of C; the copies are added as a balanced tree.
static void multiply_split(const ck_context *context, const ck_gemm *g, ck_workspace workspace, int team) {
  const ck_kernel_set *kernels = context->kernels;
  const ptrdiff_t row = ck_round_up(g->n, LANES), copy = g->m * row;
  float *copies = ck_take_floats(&workspace, SPLIT_PARTS * copy);
  pack_buffers buffers[CK_MAX_THREADS];
  for (int t = 0; t < team; t++) {
    buffers[t].rows = ck_take_floats(&workspace, row_buffer_floats(context, g));
    buffers[t].columns = ck_take_floats(&workspace, column_buffer_floats(context, g, 1));
  }
  ck_queue queue = 0;
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    for (ptrdiff_t part; (part = ck_next(&queue)) < SPLIT_PARTS;) {
      ck_gemm one = *g;
      one.alpha = 1.0f;
      one.beta = 0.0f;
      one.bias = NULL;
      one.relu = false;
      one.c = copies + part * copy;
      one.ldc = row;
      const ck_range depths = ck_part(g->k, SPLIT_PARTS, part, k_block(context));
      multiply(context, &one, depths, (worker){0, 1}, buffers[omp_get_thread_num()]);
    }
    ck_release(context);
    ck_denormals_restore(saved);
  }
  for (ptrdiff_t reach = 1; reach < SPLIT_PARTS; reach *= 2)
    for (ptrdiff_t i = 0; i < SPLIT_PARTS; i += 2 * reach)
      kernels->add(copy, copies + i * copy, copies + (i + reach) * copy);
  for (ptrdiff_t i = 0; i < g->m; i++) {
    for (ptrdiff_t j = 0; j < g->n; j++) {
      float *c = g->c + i * g->ldc + j;
      const float sum = g->alpha * copies[i * row + j];
      const float y = (g->beta == 0.0f ? sum : sum + g->beta * *c) + (g->bias ? g->bias[j] : 0.0f);
      *c = g->relu && !(y > 0.0f || y != y) ? 0.0f : y;
    }
  }
}

// What a product is computed with: two parts where they pay and their range suffices, else full precision.
static ck_context context_for(const ck_context *wanted, const ck_gemm *g) {
  ck_context context = *wanted;
  if (ck_parts(wanted) == 2 && (g->m < TWO_PARTS_FROM || g->k < TWO_PARTS_FROM ||
                                !ck_reaches_far(g->trans_a ? g->k : g->m, g->trans_a ? g->m : g->k, g->a, g->lda) ||
                                !ck_reaches_far(g->trans_b ? g->n : g->k, g->trans_b ? g->k : g->n, g->b, g->ldb)))
    context.pairs = NULL;
  return context;
}

void ck_gemm_run(const ck_context *wanted, const ck_gemm *g, void *memory) {
  if (g->m == 0 || g->n == 0)
    return;
  const ck_context own = context_for(wanted, g), *context = &own;
  const int team = ck_team(context, g->m * g->n * ck_max(g->k, 1), 100000);
  ck_workspace workspace = {memory, 0};
  if (splits_k(context, g)) {
    multiply_split(context, g, workspace, team);
    return;
  }
  float *columns = ck_take_floats(&workspace, column_buffer_floats(context, g, team));
  const ptrdiff_t rows = ck_round_up(row_buffer_floats(context, g), LANES);
  float *row_buffers = ck_take_floats(&workspace, team * rows);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const worker me = {omp_get_thread_num(), omp_get_num_threads()};
    multiply(context, g, (ck_range){0, g->k}, me, (pack_buffers){row_buffers + me.index * rows, columns});
    ck_release(context);
    ck_denormals_restore(saved);
  }
}

void ck_sgemm(const ck_context *context, bool trans_a, bool trans_b, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha,
              const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float beta, float *c, ptrdiff_t ldc,
              void *workspace) {
  const ck_gemm gemm = {trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, NULL, false};
  ck_gemm_run(context, &gemm, workspace);
}

static size_t workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const ck_gemm widest = {.trans_b = true, .m = m, .n = n, .k = k, .lda = 1024};
  ck_workspace workspace = {NULL, 0};
  const bool splits = splits_k(context, &widest);
  if (splits)
    ck_take_floats(&workspace, SPLIT_PARTS * m * ck_round_up(n, LANES));
  for (int t = 0; t < (splits ? context->threads : 1); t++)
    ck_take_floats(&workspace, column_buffer_floats(context, &widest, splits ? 1 : context->threads));
  ck_take_floats(&workspace, context->threads * ck_round_up(row_buffer_floats(context, &widest), LANES));
  return workspace.used + (size_t)context->threads * 64;
}

// Enough for every transposition and leading dimension of this shape, whatever precision it is computed in.
size_t ck_sgemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const ck_context full = {context->kernels, NULL, context->threads};
  const size_t wanted = workspace_bytes(context, m, n, k);
  const size_t fallback = ck_parts(context) == 2 ? workspace_bytes(&full, m, n, k) : 0;
  return wanted > fallback ? wanted : fallback;
}
