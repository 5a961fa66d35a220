// A matrix product as drivers ask for it: ck_sgemm and the affine layer do.
#ifndef CK_GEMM_GEMM_H
#define CK_GEMM_GEMM_H

#include "ck_activation.h"
#include "ck_batch_part.h"
#include "ck_gemm.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"

typedef struct {
  bool trans_a, trans_b;
  ptrdiff_t m, n, k;
  float alpha;
  const float *a;
  ptrdiff_t lda;
  const float *b;
  ptrdiff_t ldb;
  const float *packed_b; // B as ck_gemm_pack_b left it, which is read instead of b; or NULL
  float beta;
  float *c;
  ptrdiff_t ldc;
  const float *bias; // added to each row of C at the end, unless NULL
  bool relu;         // afterwards max(0, C)
  // Or another function of it, unless NULL: `activated`, laid out like C, which it may be, becomes that.
  const ck_activation *activation;
  float *activated;
  bool rows_stay; // the same threads go on with the same rows of C, which is then better cut by rows
  bool continues; // the first block of k goes on with the sums in C, and beta is 0
  // A batch that comes in parts has the bits of the whole. Where it is the rows of C, so many of them all parts have;
  // 0 stands for m. Where it is k, this part of it; alpha is then 1, beta 0, and there is no bias, ReLU or activation.
  ptrdiff_t whole_rows;
  const ck_batch_part *part;
} ck_gemm;

enum { CK_GEMM_GRAIN = 200000 }; // multiply-adds that are worth another thread

// What becomes of some of C's rows and columns, once they are complete: by the kernels of `context`, if anything.
void ck_gemm_activate(const ck_context *context, const ck_gemm *gemm, ck_range rows, ck_range columns);
// What a k in parts keeps between them.
ptrdiff_t ck_gemm_sums_floats(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t whole_k);

// The workspace of ck_gemm_run, and of a job, of any product of such sizes: a job needs it for small ones, too, for
// which ck_sgemm needs none.
size_t ck_gemm_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);
// The same of a product whose k may be a part.
size_t ck_gemm_sum_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

void ck_gemm_run(const ck_context *context, const ck_gemm *gemm, void *workspace);

// Packs a B that many products share, once: in NR panels, one block of k after the other.
ptrdiff_t ck_gemm_packed_floats(const ck_context *context, ptrdiff_t n, ptrdiff_t k);
// The workspace of ck_gemm_run where B is packed: as ck_gemm_workspace_bytes, but without room for packing it.
size_t ck_gemm_packed_workspace_bytes(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);
void ck_gemm_pack_b(const ck_context *context, const ck_gemm *gemm, float *packed);

// Such a product inside a parallel region, by a team of which the caller is worker `me`, and which does not wait in the
// end. Each sum over k is one chain, cut every CK_GEMM_K_BLOCK steps, however many rows there are. Every worker has
// scratch of its own, which serves any smaller m, too. Of a k in parts, at full precision, B is packed in the blocks of
// the whole k, and the open block's sums lie like a C whose rows are rounded up to CK_LANES.
ptrdiff_t ck_gemm_packed_scratch_floats(const ck_context *context, const ck_gemm *gemm);
void ck_gemm_multiply_packed(const ck_context *context, const ck_gemm *gemm, ck_worker me, float *scratch);
// Inside a region: packs the share of worker `me`.
void ck_gemm_pack_b_share(const ck_context *context, const ck_gemm *gemm, ck_worker me, float *packed);
// Where the CK_LANES floats of a panel that starts at `column` have their place in row `row` of a packed B of n columns
// and k rows, at full precision.
static inline ptrdiff_t ck_gemm_packed_at(ptrdiff_t n, ptrdiff_t k, ptrdiff_t column, ptrdiff_t row) {
  const ptrdiff_t start = row - row % CK_GEMM_K_BLOCK, depth = ck_min(k - start, CK_GEMM_K_BLOCK);
  return ck_round_up(n, CK_LANES) * start + column * depth + (row - start) * CK_LANES;
}

// A product inside a parallel region that does more than this. One thread prepares it, when A and B need not be there
// yet; then every thread of a team of at most `team` computes its share, and does not wait for the others in the end.
typedef struct {
  const ck_gemm *gemm;
  int team;
  float *memory;
  ck_queue queue; // of the parts of a k that is cut
} ck_gemm_job;

void ck_gemm_prepare(ck_gemm_job *job, const ck_context *context, const ck_gemm *gemm, int team,
                     ck_workspace *workspace);
void ck_gemm_work(const ck_context *context, ck_gemm_job *job);

#endif
