// The fully connected layer as three matrix products. The backward pass is one parallel region.
#include "ck_affine.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"
#include "dispatch/precision.h"
#include "gemm/gemm.h"

enum { BIAS_GRAIN = 32768 }; // numbers that are worth another thread

void ck_affine_forward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                       const float *w, const float *packed, const float *bias, const ck_activation *activation,
                       float *y, float *kept, const ck_batch_part *part, void *workspace) {
  const bool relu = activation && activation->kind == CK_RELU && !kept; // which the tiles do
  const ck_gemm y_is_x_wt = {.trans_b = true,
                             .m = batch,
                             .n = outputs,
                             .k = inputs,
                             .alpha = 1.0f,
                             .a = x,
                             .lda = inputs,
                             .b = w,
                             .ldb = inputs,
                             .packed_b = packed,
                             .c = kept ? kept : y,
                             .ldc = outputs,
                             .bias = bias,
                             .relu = relu,
                             .activation = relu ? NULL : activation,
                             .activated = y,
                             .whole_rows = ck_batch_whole(part, batch)};
  ck_gemm_run(context, &y_is_x_wt, workspace);
}

ptrdiff_t ck_affine_packed_floats(const ck_context *context, ptrdiff_t inputs, ptrdiff_t outputs) {
  return ck_gemm_packed_floats(context, outputs, inputs);
}

void ck_affine_pack(const ck_context *context, ptrdiff_t inputs, ptrdiff_t outputs, const float *w, float *packed) {
  const ck_gemm wt = {.trans_b = true, .n = outputs, .k = inputs, .b = w, .ldb = inputs};
  ck_gemm_pack_b(context, &wt, packed);
}

// A row of dy behind an activation takes whole cache lines, so that threads that write columns side by side do not
// share any.
static ptrdiff_t derived_row_floats(ptrdiff_t outputs) { return ck_round_up(outputs, CK_LANES); }

// Some columns of dy, taken through the activation's derivative into rows of their own, and their sums.
static void derive_columns(const ck_kernel_set *kernels, const ck_activation *f, ptrdiff_t batch, ptrdiff_t columns,
                           ptrdiff_t row, const float *dy, const float *kept, float *derived, ptrdiff_t derived_row,
                           float *dbias, bool continues) {
  if (f->kind == CK_RELU) { // in one pass
    kernels->bias_backward(batch, columns, dy, row, kept, derived, derived_row, dbias, continues);
    return;
  }
  for (ptrdiff_t i = 0; i < batch; i++)
    kernels->activation_backward[f->kind](f, columns, dy + i * row, kept + i * row, derived + i * derived_row);
  if (dbias)
    kernels->bias_backward(batch, columns, derived, derived_row, NULL, NULL, 0, dbias, continues);
}

void ck_affine_backward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                        const float *dy, const float *x, const float *w, const ck_activation *activation,
                        const float *kept, float *dx, bool adds_dx, float *dw, float *dbias, const ck_batch_part *part,
                        void *memory) {
  ck_workspace workspace = {memory, 0};
  const ptrdiff_t derived_row = derived_row_floats(outputs);
  float *derived = activation ? ck_take_floats(&workspace, batch * derived_row) : NULL;
  const float *d = activation ? derived : dy;
  const ptrdiff_t d_row = activation ? derived_row : outputs;
  const ck_gemm dw_is_dyt_x = {.trans_a = true,
                               .m = outputs,
                               .n = inputs,
                               .k = batch,
                               .alpha = 1.0f,
                               .a = d,
                               .lda = d_row,
                               .b = x,
                               .ldb = inputs,
                               .c = dw,
                               .ldc = inputs,
                               .rows_stay = true, // an optimizer updates the weights in this partition
                               .part = part};
  const ck_gemm dx_is_dy_w = {.m = batch,
                              .n = inputs,
                              .k = outputs,
                              .alpha = 1.0f,
                              .a = d,
                              .lda = d_row,
                              .b = w,
                              .ldb = inputs,
                              .beta = adds_dx ? 1.0f : 0.0f,
                              .c = dx,
                              .ldc = inputs,
                              .whole_rows = ck_batch_whole(part, batch)};
  const ptrdiff_t products = (dw ? 1 : 0) + (dx ? 1 : 0);
  const int team = ck_team(context, products * batch * inputs * outputs, CK_GEMM_GRAIN);
  ck_gemm_job dw_job, dx_job;
  ck_gemm_prepare(&dw_job, context, &dw_is_dyt_x, team, &workspace);
  ck_gemm_prepare(&dx_job, context, &dx_is_dy_w, team, &workspace);
  CK_PARALLEL_REGION(team) {
    const ck_range share = ck_my_share(outputs, CK_LANES);
    const bool continues = ck_batch_continues(part);
    float *sums = dbias ? dbias + share.first : NULL;
    if (activation)
      derive_columns(context->kernels, activation, batch, share.count, outputs, dy + share.first, kept + share.first,
                     derived + share.first, derived_row, sums, continues);
    else if (dbias)
      context->kernels->bias_backward(batch, share.count, dy + share.first, outputs, NULL, NULL, 0, sums, continues);
    if (activation)
      ck_barrier();
    if (dw)
      ck_gemm_work(context, &dw_job);
    if (dx)
      ck_gemm_work(context, &dx_job);
    ck_release(context);
  }
}

size_t ck_affine_forward_bytes(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                               bool packed) {
  return packed ? ck_gemm_packed_workspace_bytes(context, batch, outputs, inputs)
                : ck_gemm_workspace_bytes(context, batch, outputs, inputs);
}

size_t ck_affine_backward_bytes(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs) {
  ck_workspace derived = {NULL, 0};
  ck_take_floats(&derived, batch * derived_row_floats(outputs));
  return derived.used + ck_gemm_sum_workspace_bytes(context, outputs, inputs, batch) +
         ck_gemm_workspace_bytes(context, batch, inputs, outputs);
}

ptrdiff_t ck_affine_sums_floats(const ck_context *context, ptrdiff_t whole, ptrdiff_t inputs, ptrdiff_t outputs) {
  return ck_gemm_sums_floats(context, outputs, inputs, whole);
}

void ck_bias_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *bias, float *y) {
  CK_PARALLEL(ck_team(context, rows * columns, BIAS_GRAIN), rows, 1, share) {
    context->kernels->bias_forward(share.count, columns, bias, y + share.first * columns, columns);
  }
}

void ck_bias_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, float *dbias,
                      const ck_batch_part *part) {
  CK_PARALLEL(ck_team(context, rows * columns, BIAS_GRAIN), columns, CK_LANES, share) {
    context->kernels->bias_backward(rows, share.count, dy + share.first, columns, NULL, NULL, 0, dbias + share.first,
                                    ck_batch_continues(part));
  }
}
