// Decides in which precision, by how many threads and in which memory a product is computed; macro_kernel.c computes
// it.
#include "gemm/gemm.h"
#include "dispatch/bf16x2_range.h"
#include "gemm/blocking.h"
#include "gemm/macro_kernel.h"
#include "gemm/packing.h"

enum {
  // The sum over k itself is cut into so many parts where there are few outputs and k is long.
  K_SPLITS = 16,
  K_SPLIT_OUTPUTS = 128 * 128,
  // Fewer rows of C, or numbers along k, leave most of a tile empty: full precision is quicker than three products.
  BF16X2_FROM = 8,
  PACKING_GRAIN = 16384, // numbers to pack that are worth another thread
};

static bool splits_k(const ck_context *context, const ck_gemm *g) {
  return g->m * g->n <= K_SPLIT_OUTPUTS && g->k >= K_SPLITS * k_block(context);
}

// Where a product has its buffers. `copies` are of C, one for each part of a k that is cut, else NULL. B is packed into
// `columns` and A into `rows`, where each thread's piece starts so many floats after the one before; a column_step of 0
// says that the team packs B together.
typedef struct {
  float *copies, *columns, *rows;
  ptrdiff_t column_step, row_step;
} job_buffers;

static job_buffers take_buffers(const ck_context *context, const ck_gemm *g, int team, ck_workspace *workspace) {
  job_buffers buffers = {.row_step = ck_round_up(a_buffer_floats(context, g), CK_LANES)};
  if (splits_k(context, g)) {
    buffers.copies = ck_take_floats(workspace, K_SPLITS * g->m * ck_round_up(g->n, CK_LANES));
    buffers.column_step = ck_round_up(b_buffer_floats(context, g, 1), CK_LANES);
    buffers.columns = ck_take_floats(workspace, team * buffers.column_step);
  } else {
    buffers.columns = ck_take_floats(workspace, b_buffer_floats(context, g, team));
  }
  buffers.rows = ck_take_floats(workspace, team * buffers.row_step);
  return buffers;
}

// For few outputs over a long k (split-k): every part of k is summed into a copy of C, and a balanced tree adds the
// copies.
static void multiply_split_k(const ck_context *context, const ck_gemm *g, float *copies, ck_queue *queue, ck_worker me,
                             ck_gemm_buffers buffers) {
  const ptrdiff_t row = ck_round_up(g->n, CK_LANES), copy = g->m * row;
  for (ptrdiff_t part; (part = ck_next(queue)) < K_SPLITS;) {
    ck_gemm one = *g;
    one.alpha = 1.0f;
    one.beta = 0.0f;
    one.bias = NULL;
    one.relu = false;
    one.activation = NULL;
    one.c = copies + part * copy;
    one.ldc = row;
    ck_gemm_multiply(context, &one, ck_share(g->k, K_SPLITS, part, k_block(context)), (ck_worker){0, 1}, buffers);
  }
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

// Two bf16 terms are used where they pay and their range suffices; else the product is computed at full precision.
static ck_context context_for(const ck_context *wanted, const ck_gemm *g) {
  if (ck_terms(wanted) == 2 &&
      (g->m < BF16X2_FROM || g->k < BF16X2_FROM ||
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

void ck_gemm_prepare(ck_gemm_job *job, const ck_context *context, const ck_gemm *g, int team, ck_workspace *workspace) {
  *job = (ck_gemm_job){.gemm = g, .team = team};
  ck_workspace wanted = {NULL, 0}, full = {NULL, 0};
  take_buffers(context, g, team, &wanted);
  if (ck_terms(context) == 2) {
    const ck_context full_context = ck_at_highest(context);
    const ck_gemm full_gemm = in_full(g);
    take_buffers(&full_context, &full_gemm, team, &full);
  }
  job->memory =
      ck_take_floats(workspace, (ptrdiff_t)((wanted.used > full.used ? wanted.used : full.used) / sizeof(float)));
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
  const job_buffers all = take_buffers(&context, g, job->team, &workspace);
  const ck_worker me = ck_this_worker();
  const ck_gemm_buffers mine = {all.rows + me.index * all.row_step, all.columns + me.index * all.column_step};
  if (all.copies)
    multiply_split_k(&context, g, all.copies, &job->queue, me, mine);
  else
    ck_gemm_multiply(&context, g, (ck_range){0, g->k}, me, mine);
}

void ck_gemm_run(const ck_context *context, const ck_gemm *g, void *memory) {
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
  const ptrdiff_t lo = ck_lo_distance(context, packed_b_elements(context, g->n, g->k));
  CK_PARALLEL_REGION(team) {
    ck_pack_b_blocks(context, g, (ck_range){0, g->n}, (ck_range){0, g->k}, ck_this_worker(), packed, lo);
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

// The answer is enough for every transposition and leading dimension of this shape, whatever precision is taken.
size_t ck_sgemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  const ck_gemm widest = {.trans_b = true, .m = m, .n = n, .k = k, .lda = 1024};
  ck_workspace workspace = {NULL, 0};
  ck_gemm_job job;
  ck_gemm_prepare(&job, context, &widest, context->threads, &workspace);
  return workspace.used;
}
