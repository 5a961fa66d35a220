// A transposed convolution has the passes of a convolution with their roles exchanged: its output is that one's input.
#include "conv/plan.h"

enum { BIAS_GRAIN = 32768 }; // numbers that are worth another thread

void ck_conv_transpose2d_forward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *x, const float *w,
                                 const float *bias, float *y, void *workspace) {
  conv_backward(plan, batch, x, NULL, w, NULL, bias, y, NULL, NULL, workspace);
}

// dbias[f] = the sum over all pixels of filter f: plane by plane, and image by image.
static void sum_planes(const ck_context *context, ptrdiff_t batch, ptrdiff_t filters, ptrdiff_t plane, const float *dy,
                       float *dbias, bool continues) {
  CK_PARALLEL(ck_team(context, batch * filters * plane, BIAS_GRAIN), filters, 1, share) {
    for (ptrdiff_t f = share.first; f < share.first + share.count; f++) {
      if (!continues)
        dbias[f] = 0.0f;
      for (ptrdiff_t image = 0; image < batch; image++)
        dbias[f] += context->kernels->sum(plane, dy + (image * filters + f) * plane);
    }
  }
}

void ck_conv_transpose2d_backward(const ck_conv2d_plan *plan, ptrdiff_t batch, const float *dy, const float *x,
                                  const float *w, float *dx, float *dw, float *dbias, const ck_batch_part *part,
                                  void *workspace) {
  const ck_conv2d *slice = &plan->slices.conv;
  const ck_conv2d_backward_operands operands = {.part = part};
  if (dx)
    ck_conv2d_forward(plan, batch, dy, w, NULL, dx, NULL, workspace);
  if (dw)
    conv_backward(plan, batch, x, dy, NULL, &operands, NULL, NULL, dw, NULL, workspace);
  if (dbias)
    sum_planes(&plan->context, batch, slice->channels * plan->slices.count, slice->height * slice->width, dy, dbias,
               ck_batch_continues(part));
}
