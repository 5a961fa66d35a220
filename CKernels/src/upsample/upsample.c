// Upsampling: one thread makes the tables of both axes, then planes are shared out.
#include "upsample/upsample.h"
#include "ck_upsample.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"

enum { PLANE_GRAIN = 8192 }; // output elements that are worth another thread

typedef struct {
  ck_upsample_tables tables;
  float *rows; // of each thread two rows of the output
  ptrdiff_t row_step;
} upsample_memory;

static ck_upsample_axis take_axis(ck_workspace *workspace, ptrdiff_t outputs) {
  const size_t bytes = (size_t)outputs * sizeof(ptrdiff_t);
  ptrdiff_t *first = ck_take(workspace, bytes), *step = ck_take(workspace, bytes);
  return (ck_upsample_axis){first, step, ck_take_floats(workspace, outputs)};
}

static upsample_memory take_memory(const ck_context *context, const ck_upsample2d *u, ck_workspace *workspace) {
  upsample_memory memory = {.row_step = ck_round_up(2 * u->out_width, CK_LANES)};
  memory.tables.rows = take_axis(workspace, u->out_height);
  memory.tables.columns = take_axis(workspace, u->out_width);
  memory.rows = ck_take_floats(workspace, context->threads * memory.row_step);
  return memory;
}

// Places are exact, as quotients of integers.
static void fill_axis(ck_upsample_mode mode, ptrdiff_t size, ptrdiff_t outputs, const ck_upsample_axis *axis) {
  for (ptrdiff_t i = 0; i < outputs; i++) {
    if (mode == CK_NEAREST) {
      axis->first[i] = i * size / outputs;
      continue;
    }
    const ptrdiff_t unit = 2 * outputs, place = ck_max((2 * i + 1) * size - outputs, 0);
    axis->first[i] = place / unit;
    axis->step[i] = axis->first[i] + 1 < size ? 1 : 0;
    axis->weight[i] = (float)(place % unit) / (float)unit;
  }
}

static upsample_memory prepare(const ck_context *context, const ck_upsample2d *u, void *base) {
  ck_workspace workspace = {base, 0};
  const upsample_memory memory = take_memory(context, u, &workspace);
  fill_axis(u->mode, u->height, u->out_height, &memory.tables.rows);
  fill_axis(u->mode, u->width, u->out_width, &memory.tables.columns);
  return memory;
}

void ck_upsample2d_forward(const ck_context *context, const ck_upsample2d *u, ptrdiff_t planes, const float *x,
                           float *y, void *workspace) {
  const upsample_memory memory = prepare(context, u, workspace);
  const ptrdiff_t in = u->height * u->width, out = u->out_height * u->out_width;
  CK_PARALLEL(ck_team(context, planes * out, PLANE_GRAIN), planes, 1, share) {
    float *row = memory.rows + ck_this_worker().index * memory.row_step;
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++) {
      if (u->mode == CK_NEAREST)
        context->kernels->upsample_nearest_forward(u, &memory.tables, x + i * in, y + i * out);
      else
        context->kernels->upsample_bilinear_forward(u, &memory.tables, x + i * in, y + i * out, row);
    }
  }
}

void ck_upsample2d_backward(const ck_context *context, const ck_upsample2d *u, ptrdiff_t planes, const float *dy,
                            float *dx, void *workspace) {
  const upsample_memory memory = prepare(context, u, workspace);
  const ptrdiff_t in = u->height * u->width, out = u->out_height * u->out_width;
  CK_PARALLEL(ck_team(context, planes * out, PLANE_GRAIN), planes, 1, share) {
    float *row = memory.rows + ck_this_worker().index * memory.row_step;
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      (u->mode == CK_NEAREST
           ? context->kernels->upsample_nearest_backward
           : context->kernels->upsample_bilinear_backward)(u, &memory.tables, dy + i * out, dx + i * in, row);
  }
}

size_t ck_upsample2d_workspace_bytes(const ck_context *context, const ck_upsample2d *u) {
  ck_workspace workspace = {NULL, 0};
  take_memory(context, u, &workspace);
  return workspace.used;
}
