// The blocked matrix product (Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 2008):
// a block of B, K_BLOCK deep, is packed into strips by all threads together; each thread then takes its part of C
// and, for every block of its rows of A, runs tiles over the strips. What is small or read once is not packed.
#include "gemm/packing.h"

enum {
  // Few outputs over a long k: the sum over k itself is cut into this many parts.
  SPLIT_PARTS = 16,
  SPLIT_OUTPUTS = 128 * 128,
  PACKING_GRAIN = 16384, // numbers that are worth another thread
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

// A rectangle of C that one worker computes.
typedef struct {
  ck_range rows, columns;
  ck_range packed; // the columns of B that are packed for it: its own, or all, by all workers together
  bool shared;     // the latter
} c_part;

// The parts of C's columns `block` that worker `me` computes, at most two; returns how many. Of all ways to cut it,
// that whose largest share is the smallest: a grid; or whole strips for each worker, and what strips are left cut by
// rows. Packing rows of A costs about as much as 16 more columns; packing columns of B that others need as well,
// together or each for itself, as 16 more rows: what another core has packed comes from its cache.
static int split_c(const ck_context *context, const ck_gemm *g, worker me, ck_range block, c_part parts[2]) {
  const ptrdiff_t a_columns = packs_a(context, g) ? 16 : 0, b_rows = packs_b(context, g) ? 16 : 0;
  const ptrdiff_t unit = ck_tiles(context)->strips * LANES;
  const ptrdiff_t units = ck_ceil_div(block.count, unit), strips = ck_ceil_div(block.count, LANES);
  ptrdiff_t best = PTRDIFF_MAX, down = 1;
  for (ptrdiff_t d = 1; d <= me.count; d++) {
    if (me.count % d != 0)
      continue;
    const ptrdiff_t across = ck_min(ck_ceil_div(units, me.count / d) * unit, ck_round_up(block.count, LANES));
    const ptrdiff_t high = ck_ceil_div(g->m, d), most = high * (across + a_columns) + (d > 1 ? b_rows : 0) * across;
    if (most < best || (most == best && g->m > block.count)) {
      best = most;
      down = d;
    }
  }
  const ptrdiff_t own = strips / me.count, left = strips % me.count; // what is left is packed where one's own was
  const ptrdiff_t high = ck_ceil_div(g->m, me.count);
  const ptrdiff_t most =
      g->m * (own * LANES + a_columns) + (left > 0 ? high * a_columns : 0) + (high + b_rows) * left * LANES;
  if (own >= left && most < best) {
    const ptrdiff_t first = me.index * own * LANES, rest = me.count * own * LANES;
    const ck_range columns = {block.first + first, ck_min(own * LANES, block.count - first)};
    const ck_range rest_columns = {block.first + rest, block.count - rest};
    parts[0] = (c_part){{0, g->m}, columns, columns, false};
    parts[1] = (c_part){ck_part(g->m, me.count, me.index, 1), rest_columns, rest_columns, false};
    return left > 0 ? 2 : 1;
  }
  ck_range columns = ck_part(block.count, me.count / down, me.index / down, unit);
  columns.first += block.first;
  parts[0] = (c_part){ck_part(g->m, down, me.index % down, 1), columns, down > 1 ? block : columns, down > 1};
  return 1;
}

// Packs columns of B for k in `depths`, block after block: of all columns worker `me` its part.
static void pack_panel(const ck_context *context, const ck_gemm *g, ck_range columns, ck_range depths, worker me,
                       float *panel) {
  const ck_range mine = ck_part(columns.count, me.count, me.index, LANES);
  for (ptrdiff_t k = 0; k < depths.count; k += k_block(context)) {
    const ptrdiff_t depth = ck_min(depths.count - k, k_block(context));
    float *block = panel + cells(context, k) * ck_round_up(columns.count, LANES);
    pack_b(context, g, columns.first + mine.first, mine.count, depths.first + k, depth,
           block + mine.first * cells(context, depth));
  }
}

// What the tiles of one block of k, of those in `all`, have in common: the first takes C in, the last ends it.
static ck_tile block_tile(const ck_context *context, const ck_gemm *g, ck_range all, ck_range block) {
  const bool last = block.first + block.count == all.first + all.count;
  return (ck_tile){.segments = 1,
                   .length = cells(context, block.count),
                   .chunk = ck_chunk(context),
                   .c_row = g->ldc,
                   .fetches_c = true,
                   .alpha = g->alpha,
                   .beta = block.first == all.first ? g->beta : 1.0f,
                   .bias = last ? g->bias : NULL,
                   .relu = last && g->relu};
}

// One part of C: panels of B are packed, together where several workers read them, and multiplied block after block.
static void multiply_part(const ck_context *context, const ck_gemm *g, ck_range depths, worker me, const c_part *part,
                          float *panel, float *row_buffer) {
  const bool packs = packs_b(context, g), in_strips = packs || g->packed_b;
  const worker packer = part->shared ? me : (worker){0, 1};
  const ptrdiff_t end = depths.first + depths.count, panel_k = panel_depth(context, g, me.count);
  ptrdiff_t k = depths.first;
  do { // once even where k is 0, for beta and the bias
    const ptrdiff_t start = k, stop = ck_min(end, start + panel_k);
    if (packs) {
      pack_panel(context, g, part->packed, (ck_range){start, stop - start}, packer, panel);
      if (part->shared) {
#pragma omp barrier
      }
    }
    do {
      const ptrdiff_t depth = ck_min(stop - k, k_block(context)), length = cells(context, depth);
      ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth});
      tile.b_k = in_strips ? LANES : g->ldb;
      tile.b_strip = in_strips ? length * LANES : LANES;
      const float *b = packs ? panel + cells(context, k - start) * ck_round_up(part->packed.count, LANES) +
                                   (part->columns.first - part->packed.first) * length
                       : in_strips ? packed_block(context, g, part->columns.first, k, depth)
                                   : b_at(g, k, part->columns.first);
      multiply_block(context, g, tile, part->rows, part->columns, (ck_range){k, depth}, b, row_buffer);
      k += depth;
    } while (k < stop);
    if (packs && part->shared && stop < end) {
#pragma omp barrier
    }
  } while (k < end);
}

// By a team of which the caller is worker `me`.
static void multiply_high(const ck_context *context, const ck_gemm *g, ck_range depths, worker me,
                          pack_buffers buffers) {
  const ptrdiff_t panel_cells = cells(context, ck_min(panel_depth(context, g, me.count), depths.count));
  for (ptrdiff_t column = 0; column < g->n; column += COLUMN_BLOCK) {
    const ck_range block = {column, ck_min(g->n - column, COLUMN_BLOCK)};
    c_part parts[2];
    const int count = split_c(context, g, me, block, parts);
    float *panel = buffers.columns + (packs_b(context, g) ? (parts[0].packed.first - column) * panel_cells : 0);
    for (int i = 0; i < count; i++)
      multiply_part(context, g, depths, me, &parts[i], panel, buffers.rows);
    if (packs_b(context, g) && me.count > 1 && column + block.count < g->n) { // the next panels lie elsewhere in it
#pragma omp barrier
    }
  }
}

// The same where C is low: every worker packs its own columns, one tile's width at a time, which then are in the
// nearest cache, and waits for nobody.
static void multiply_low(const ck_context *context, const ck_gemm *g, ck_range depths, worker me,
                         pack_buffers buffers) {
  const ptrdiff_t end = depths.first + depths.count, width = low_width(context, g);
  const ck_range mine = ck_part(g->n, me.count, me.index, LANES);
  ptrdiff_t k = depths.first;
  do {
    const ptrdiff_t depth = ck_min(end - k, k_block(context));
    ck_tile tile = block_tile(context, g, depths, (ck_range){k, depth});
    tile.b_k = LANES;
    tile.b_strip = tile.length * LANES;
    float *strips = buffers.columns + me.index * width * deepest_block(context, g);
    for (ptrdiff_t j = 0; j < mine.count; j += width) {
      const ck_range columns = {mine.first + j, ck_min(mine.count - j, width)};
      const float *b = strips;
      if (g->packed_b)
        b = packed_block(context, g, columns.first, k, depth);
      else
        pack_b(context, g, columns.first, columns.count, k, depth, strips);
      if (is_one_row(context, g))
        multiply_row(context, g, tile, columns, (ck_range){k, depth}, b, buffers.rows);
      else
        multiply_block(context, g, tile, (ck_range){0, g->m}, columns, (ck_range){k, depth}, b, buffers.rows);
    }
    k += depth;
  } while (k < end);
}

// C = alpha * A * B + beta * C over k in `depths`, by a team of which the caller is worker `me`.
static void multiply(const ck_context *context, const ck_gemm *g, ck_range depths, worker me, pack_buffers buffers) {
  (is_low(context, g) ? multiply_low : multiply_high)(context, g, depths, me, buffers);
}

// Few outputs, long k: every part of k sums into its own copy of C; a balanced tree adds the copies.
static void multiply_split(const ck_context *context, ck_gemm_job *job, worker me, pack_buffers buffers) {
  const ck_gemm *g = job->gemm;
  const ptrdiff_t row = ck_round_up(g->n, LANES), copy = g->m * row;
  for (ptrdiff_t part; (part = ck_next(&job->queue)) < SPLIT_PARTS;) {
    ck_gemm one = *g;
    one.alpha = 1.0f;
    one.beta = 0.0f;
    one.bias = NULL;
    one.relu = false;
    one.c = job->copies + part * copy;
    one.ldc = row;
    multiply(context, &one, ck_part(g->k, SPLIT_PARTS, part, k_block(context)), (worker){0, 1}, buffers);
  }
#pragma omp barrier
  const ck_range rows = ck_part(g->m, me.count, me.index, 1);
  float *sums = job->copies + rows.first * row;
  for (ptrdiff_t reach = 1; reach < SPLIT_PARTS; reach *= 2)
    for (ptrdiff_t i = 0; i < SPLIT_PARTS; i += 2 * reach)
      context->kernels->add(rows.count * row, sums + i * copy, sums + (i + reach) * copy);
  for (ptrdiff_t i = 0; i < rows.count; i++) {
    for (ptrdiff_t j = 0; j < g->n; j++) {
      float *c = g->c + (rows.first + i) * g->ldc + j;
      const float sum = g->alpha * sums[i * row + j];
      const float y = (g->beta == 0.0f ? sum : sum + g->beta * *c) + (g->bias ? g->bias[j] : 0.0f);
      *c = g->relu && !(y > 0.0f || y != y) ? 0.0f : y;
    }
  }
}

ptrdiff_t ck_gemm_packed_floats(const ck_context *context, ptrdiff_t n, ptrdiff_t k) {
  return ck_round_up(n, LANES) * cells(context, k);
}

void ck_gemm_pack_b(const ck_context *context, const ck_gemm *g, float *packed) {
  const int team = ck_team(context, g->n * g->k, PACKING_GRAIN);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const worker me = {omp_get_thread_num(), omp_get_num_threads()};
    pack_panel(context, g, (ck_range){0, g->n}, (ck_range){0, g->k}, me, packed);
    ck_denormals_restore(saved);
  }
}

void ck_gemm_prepare(ck_gemm_job *job, const ck_context *context, const ck_gemm *g, int team, ck_workspace *workspace) {
  const bool splits = splits_k(context, g);
  *job = (ck_gemm_job){.gemm = g, .row_step = ck_round_up(row_buffer_floats(context, g), LANES)};
  if (splits) {
    job->copies = ck_take_floats(workspace, SPLIT_PARTS * g->m * ck_round_up(g->n, LANES));
    job->column_step = ck_round_up(column_buffer_floats(context, g, 1), LANES);
    job->columns = ck_take_floats(workspace, team * job->column_step);
  } else {
    job->columns = ck_take_floats(workspace, column_buffer_floats(context, g, team));
  }
  job->rows = ck_take_floats(workspace, team * job->row_step);
}

void ck_gemm_work(const ck_context *context, ck_gemm_job *job) {
  const worker me = {omp_get_thread_num(), omp_get_num_threads()};
  const pack_buffers buffers = {job->rows + me.index * job->row_step, job->columns + me.index * job->column_step};
  if (job->gemm->m == 0 || job->gemm->n == 0)
    return;
  if (job->copies)
    multiply_split(context, job, me, buffers);
  else
    multiply(context, job->gemm, (ck_range){0, job->gemm->k}, me, buffers);
}

void ck_gemm_run(const ck_context *context, const ck_gemm *g, void *memory) {
  const int team = ck_team(context, g->m * g->n * ck_max(g->k, 1), CK_GEMM_GRAIN);
  ck_workspace workspace = {memory, 0};
  ck_gemm_job job;
  ck_gemm_prepare(&job, context, g, team, &workspace);
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    ck_gemm_work(context, &job);
    ck_release(context);
    ck_denormals_restore(saved);
  }
}

void ck_sgemm(const ck_context *context, bool trans_a, bool trans_b, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha,
              const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float beta, float *c, ptrdiff_t ldc,
              void *workspace) {
  const ck_gemm gemm = {.trans_a = trans_a,
                        .trans_b = trans_b,
                        .m = m,
                        .n = n,
                        .k = k,
                        .alpha = alpha,
                        .a = a,
                        .lda = lda,
                        .b = b,
                        .ldb = ldb,
                        .beta = beta,
                        .c = c,
                        .ldc = ldc};
  ck_gemm_run(context, &gemm, workspace);
}

// Enough for every transposition and leading dimension of this shape.
size_t ck_sgemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const ck_gemm widest = {.trans_b = true, .m = m, .n = n, .k = k, .lda = 1024};
  ck_workspace workspace = {NULL, 0};
  ck_gemm_job job;
  ck_gemm_prepare(&job, context, &widest, context->threads, &workspace);
  return workspace.used;
}
