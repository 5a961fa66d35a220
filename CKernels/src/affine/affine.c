// The fully connected layer as three matrix products.
#include "ck_affine.h"
#include "cpu/threads.h"
#include "cpu/workspace.h"
#include "gemm/gemm.h"
#include "isa/kernel_set.h"

void ck_affine_forward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                       const float *w, const float *bias, float *y, void *workspace) {
  const ck_gemm y_is_x_wt = {false, true,   batch, outputs, inputs, 1.0f,    x,
                             inputs, w, inputs, 0.0f,  y,       outputs, bias};
  ck_gemm_run(context, &y_is_x_wt, workspace);
}

void ck_affine_backward(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                        const float *x, const float *w, float *dx, float *dw, float *dbias, void *workspace) {
  if (dw) {
    const ck_gemm dw_is_dyt_x = {true, false,  outputs, inputs, batch, 1.0f,   dy,
                                 outputs, x, inputs, 0.0f,    dw,     inputs, NULL};
    ck_gemm_run(context, &dw_is_dyt_x, workspace);
  }
  if (dbias)
    ck_bias_backward(context, batch, outputs, dy, dbias);
  if (dx) {
    const ck_gemm dx_is_dy_w = {false, false,  batch, inputs, outputs, 1.0f,   dy,
                                outputs, w, inputs, 0.0f,  dx,     inputs, NULL};
    ck_gemm_run(context, &dx_is_dy_w, workspace);
  }
}

size_t ck_affine_workspace_bytes(const ck_context *context, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs) {
  const size_t forward = ck_sgemm_workspace_bytes(context, batch, outputs, inputs);
  const size_t weights = ck_sgemm_workspace_bytes(context, outputs, inputs, batch);
  const size_t input = ck_sgemm_workspace_bytes(context, batch, inputs, outputs);
  const size_t backward = weights > input ? weights : input;
  return forward > backward ? forward : backward;
}

void ck_bias_forward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *bias, float *y) {
#pragma omp parallel num_threads(ck_team(context, rows *columns, 32768))
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(rows, 1);
    context->kernels->bias_forward(part.count, columns, bias, y + part.first * columns, columns);
    ck_denormals_restore(saved);
  }
}

void ck_bias_backward(const ck_context *context, ptrdiff_t rows, ptrdiff_t columns, const float *dy, float *dbias) {
#pragma omp parallel num_threads(ck_team(context, rows *columns, 32768))
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_range part = ck_my_part(columns, 16);
    context->kernels->bias_backward(rows, part.count, dy + part.first, columns, dbias + part.first);
    ck_denormals_restore(saved);
  }
}
