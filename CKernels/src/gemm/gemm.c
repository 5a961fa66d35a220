// Decides in which precision, by how many threads and in which memory a product is computed; macro_kernel.c computes
// it.
#include "gemm/gemm.h"
#include "dispatch/bf16x2_range.h"
#include "gemm/blocking.h"
#include "gemm/macro_kernel.h"
#include "gemm/packing.h"
#include "gemm/small_product.h"

enum {
  // The sum over k itself is cut into so many parts where there are few outputs and k is long.
  K_SPLITS = 16,
  K_SPLIT_OUTPUTS = 128 * 128,
  // Fewer rows of C, or numbers along k, leave most of a tile empty: full precision is quicker than three products.
  BF16X2_FROM = 8,
  PACKING_GRAIN = 16384, // numbers to pack that are worth another thread
};

static bool splits_outputs(ptrdiff_t m, ptrdiff_t n) { return m * n <= K_SPLIT_OUTPUTS; }
static bool splits_depth(const ck_context *context, ptrdiff_t k) { return k >= K_SPLITS * k_block(context); }
static bool splits_k(const ck_context *context, const ck_gemm *g) {
  return splits_outputs(g->whole_rows > 0 ? g->whole_rows : g->m, g->n) &&
         splits_depth(context, ck_batch_whole(g->part, g->k));
}

// Where a product has its buffers. `copies` are of C, one for each part of a k that is cut, else NULL. B is packed into
// `columns` and A into `rows`, where each thread's piece starts so many floats after the one before; a column_step of 0
// says that the team packs B together.
typedef struct {
  float *copies, *columns, *rows;
  ptrdiff_t column_step, row_step;
} job_buffers;

// A copy of C has rows of whole cache lines.
static ptrdiff_t copy_row(ptrdiff_t n) { return ck_round_up(n, CK_LANES); }

static job_buffers take_buffers(const ck_context *context, const ck_gemm *g, bool splits, int team,
                                ck_workspace *workspace) {
  job_buffers buffers = {.row_step = ck_round_up(a_buffer_floats(context, g), CK_LANES)};
  if (splits) {
    buffers.copies = g->part ? g->part->sums : ck_take_floats(workspace, K_SPLITS * g->m * copy_row(g->n));
    buffers.column_step = ck_round_up(b_buffer_floats(context, g, 1), CK_LANES);
    buffers.columns = ck_take_floats(workspace, team * buffers.column_step);
  } else {
    buffers.columns = ck_take_floats(workspace, b_buffer_floats(context, g, team));
  }
  buffers.rows = ck_take_floats(workspace, team * buffers.row_step);
  return buffers;
}

ptrdiff_t ck_gemm_sums_floats(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t whole_k) {
  const ck_context full = ck_at_highest(context);
  const ck_context *used = ck_terms(context) == 2 ? &full : context;
  const ptrdiff_t copy = m * copy_row(n);
  if (splits_outputs(m, n) && splits_depth(used, whole_k))
    return 2 * K_SPLITS * copy; // of each part of k what its blocks add up to, and its open block
  return whole_k > k_block(used) ? copy : 0;
}

// C = alpha * A * B + beta * C over `depths` of A and B, which are numbers `first` ... of a sum over `whole`. Its
// blocks are those of the whole sum: one that begins before `depths` is continued, and one that ends behind is left
// open. An open block is in C where that is the first, else in `open`, which is laid out like a copy of C.
static void multiply_part(const ck_context *context, const ck_gemm *g, ck_range depths, ptrdiff_t first,
                          ptrdiff_t whole, float *open, ck_worker me, ck_gemm_buffers buffers) {
  const ptrdiff_t block = k_block(context), row = copy_row(g->n);
  while (depths.count > 0) {
    const bool ends = first + depths.count == whole;
    const ptrdiff_t begun = first % block, rest = ck_min(block - begun, whole - first);
    ck_gemm one = *g;
    ck_range now = {depths.first, ck_min(depths.count, rest)};
    if (begun == 0 && rest <= depths.count) { // whole blocks, as many as there are
      now.count = ends ? depths.count : depths.count - depths.count % block;
      one.beta = first == 0 ? g->beta : 1.0f;
      ck_gemm_multiply(context, &one, now, me, buffers);
    } else {
      const bool in_c = first < block;
      one.beta = 0.0f;
      one.continues = begun > 0;
      if (!in_c) {
        one.c = open;
        one.ldc = row;
      }
      ck_gemm_multiply(context, &one, now, me, buffers);
      if (!in_c && now.count == rest) {
        if (me.count > 1)
          ck_barrier();
        const ck_range rows = ck_worker_share(me, g->m, 1);
        for (ptrdiff_t i = rows.first; i < rows.first + rows.count; i++)
          context->kernels->add(g->n, g->c + i * g->ldc, open + i * row);
      }
    }
    first += now.count;
    depths = (ck_range){depths.first + now.count, depths.count - now.count};
    if (depths.count > 0 && me.count > 1)
      ck_barrier();
  }
}

// For few outputs over a long k (split-k): every part of k is summed into a copy of C, and a balanced tree adds the
// copies.
static void multiply_split_k(const ck_context *context, const ck_gemm *g, float *copies, ck_queue *queue, ck_worker me,
                             ck_gemm_buffers buffers) {
  const ptrdiff_t row = copy_row(g->n), copy = g->m * row;
  const ptrdiff_t first = g->part ? g->part->first : 0, end = first + g->k, whole = ck_batch_whole(g->part, g->k);
  for (ptrdiff_t part; (part = ck_next(queue)) < K_SPLITS;) {
    const ck_range all = ck_share(whole, K_SPLITS, part, k_block(context));
    const ptrdiff_t from = ck_max(all.first, first), to = ck_min(all.first + all.count, end);
    ck_gemm one = *g;
    one.alpha = 1.0f;
    one.beta = 0.0f;
    one.bias = NULL;
    one.relu = false;
    one.activation = NULL;
    one.c = copies + part * copy;
    one.ldc = row;
    multiply_part(context, &one, (ck_range){from - first, to - from}, from - all.first, all.count,
                  copies + (K_SPLITS + part) * copy, (ck_worker){0, 1}, buffers);
  }
  if (end < whole)
    return;
  ck_barrier();
  const ck_range rows = ck_worker_share(me, g->m, 1);
  float *sums = copies + rows.first * row;
  for (ptrdiff_t reach = 1; reach < K_SPLITS; reach *= 2)
    for (ptrdiff_t i = 0; i < K_SPLITS; i += 2 * reach)
      context->kernels->add(rows.count * row, sums + i * copy, sums + (i + reach) * copy);
  for (ptrdiff_t i = 0; i < rows.count; i++) {
    for (ptrdiff_t j = 0; j < g->n; j++) {
      float *c = g->c + (rows.first + i) * g->ldc + j;
      const float sum = g->alpha * sums[i * row + j];
      const float y = (g->beta == 0.0f ? sum : sum + g->beta * *c) + (g->bias ? g->bias[j] : -0.0f);
      *c = g->relu && 0.0f > y ? 0.0f : y; // a NaN stays one, as in v16_max
    }
  }
  ck_gemm_activate(context, g, rows, (ck_range){0, g->n});
}

// Two bf16 terms are used where they pay and their range suffices; else the product is computed at full precision, and
// so is one in parts, all of which have the same blocks.
static ck_context context_for(const ck_context *wanted, const ck_gemm *g) {
  if (ck_terms(wanted) == 2 &&
      (g->part || g->m < BF16X2_FROM || g->k < BF16X2_FROM ||
       !ck_within_bf16x2_range(g->trans_a ? g->k : g->m, g->trans_a ? g->m : g->k, g->a, g->lda) ||
       !ck_within_bf16x2_range(g->trans_b ? g->n : g->k, g->trans_b ? g->k : g->n, g->b, g->ldb)))
    return ck_at_highest(wanted);
  return *wanted;
}

// The same product at full precision, for which a B that was packed as bf16 is of no use.
static ck_gemm in_full(const ck_gemm *g) {
  ck_gemm full = *g;
  full.packed_b = NULL;
  return full;
}

// The bytes of a product's buffers, whichever way it goes: the whole of a batch in parts decides whether k is cut.
static size_t buffer_bytes(const ck_context *context, const ck_gemm *g, int team) {
  ck_workspace together = {NULL, 0}, split = {NULL, 0};
  take_buffers(context, g, false, team, &together);
  if (splits_k(context, g))
    take_buffers(context, g, true, team, &split);
  return together.used > split.used ? together.used : split.used;
}

void ck_gemm_prepare(ck_gemm_job *job, const ck_context *context, const ck_gemm *g, int team, ck_workspace *workspace) {
  *job = (ck_gemm_job){.gemm = g, .team = team};
  size_t most = buffer_bytes(context, g, team);
  if (ck_terms(context) == 2) {
    const ck_context full_context = ck_at_highest(context);
    const ck_gemm full_gemm = in_full(g);
    const size_t full = buffer_bytes(&full_context, &full_gemm, team);
    most = full > most ? full : most;
  }
  job->memory = ck_take(workspace, most);
}

void ck_gemm_work(const ck_context *wanted, ck_gemm_job *job) {
  const ck_context context = context_for(wanted, job->gemm);
  const ck_gemm *g = job->gemm;
  ck_gemm full;
  if (context.bf16 != wanted->bf16) {
    full = in_full(g);
    g = &full;
  }
  if (g->m == 0 || g->n == 0)
    return;
  ck_workspace workspace = {(char *)job->memory, 0};
  const job_buffers all = take_buffers(&context, g, splits_k(&context, g), job->team, &workspace);
  const ck_worker me = ck_this_worker();
  const ck_gemm_buffers mine = {all.rows + me.index * all.row_step, all.columns + me.index * all.column_step};
  if (all.copies)
    multiply_split_k(&context, g, all.copies, &job->queue, me, mine);
  else if (g->part)
    multiply_part(&context, g, (ck_range){0, g->k}, g->part->first, g->part->whole, g->part->sums, me, mine);
  else
    ck_gemm_multiply(&context, g, (ck_range){0, g->k}, me, mine);
}

void ck_gemm_run(const ck_context *context, const ck_gemm *g, void *memory) {
  if (ck_gemm_is_small(context, g)) {
    ck_gemm_multiply_small(context, g);
    return;
  }
  const int team = ck_team(context, g->m * g->n * ck_max(g->k, 1), CK_GEMM_GRAIN);
  ck_gemm_job job = {.gemm = g, .team = team, .memory = memory}; // which is all its own: there is nothing to measure
  CK_PARALLEL_REGION(team) {
    ck_gemm_work(context, &job);
    ck_release(context);
  }
}

ptrdiff_t ck_gemm_packed_floats(const ck_context *context, ptrdiff_t n, ptrdiff_t k) {
  return ck_terms(context) * packed_b_elements(context, n, k);
}

void ck_gemm_pack_b(const ck_context *context, const ck_gemm *g, float *packed) {
  const int team = ck_team(context, g->n * g->k, PACKING_GRAIN);
  CK_PARALLEL_REGION(team) {
    ck_gemm_pack_b_share(context, g, ck_this_worker(), packed);
  }
}

void ck_gemm_pack_b_share(const ck_context *context, const ck_gemm *g, ck_worker me, float *packed) {
  const ptrdiff_t lo = ck_lo_distance(context, packed_b_elements(context, g->n, g->k));
  const ptrdiff_t block = k_block(context), begun = g->part ? g->part->first % block : 0;
  const ptrdiff_t rest = begun > 0 ? ck_min(block - begun, g->k) : 0; // of a block that another part began
  ck_pack_b_blocks(context, g, (ck_range){0, g->n}, (ck_range){0, rest}, me, packed, lo);
  ck_pack_b_blocks(context, g, (ck_range){0, g->n}, (ck_range){rest, g->k - rest}, me,
                   packed + packed_b_elements(context, g->n, rest), lo);
}

ptrdiff_t ck_gemm_packed_scratch_floats(const ck_context *context, const ck_gemm *g) {
  return a_buffer_floats(context, g);
}

void ck_gemm_multiply_packed(const ck_context *context, const ck_gemm *g, ck_worker me, float *scratch) {
  if (g->m == 0 || g->n == 0)
    return;
  const ck_gemm_buffers buffers = {.rows = scratch, .columns = scratch};
  if (g->part)
    multiply_part(context, g, (ck_range){0, g->k}, g->part->first, g->part->whole, g->part->sums, me, buffers);
  else
    ck_gemm_multiply(context, g, (ck_range){0, g->k}, me, buffers);
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

// The answer is enough for every transposition and leading dimension of this shape, whatever precision is taken.
static size_t workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,
                              const ck_batch_part *part, const float *packed_b) {
  const ck_gemm widest = {.trans_b = true, .m = m, .n = n, .k = k, .lda = 1024, .packed_b = packed_b, .part = part};
  ck_workspace workspace = {NULL, 0};
  ck_gemm_job job;
  ck_gemm_prepare(&job, context, &widest, context->threads, &workspace);
  return workspace.used;
}

size_t ck_gemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return workspace_bytes(context, m, n, k, NULL, NULL);
}

size_t ck_sgemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return ck_gemm_sizes_are_small(context, m, n, k) ? 0 : ck_gemm_workspace_bytes(context, m, n, k);
}

size_t ck_gemm_packed_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  static const float somewhere; // which is only measured for
  return workspace_bytes(context, m, n, k, NULL, &somewhere);
}

size_t ck_gemm_sum_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const ck_batch_part of_much = {.whole = PTRDIFF_MAX}; // so that k is cut wherever it may be
  const size_t part = workspace_bytes(context, m, n, k, &of_much, NULL);
  if (!splits_depth(context, k)) // what a part takes is then enough for a whole
    return part;
  const size_t whole = workspace_bytes(context, m, n, k, NULL, NULL);
  return whole > part ? whole : part;
}
