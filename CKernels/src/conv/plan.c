// A convolution's plan is made once and used by any number of calls: which algorithm computes each pass, where
// everything lies in the workspace, and the tables that tiles walk by.
#include "conv/plan.h"
#include <string.h>

const image_algorithm *conv_choose_image_algorithm(const image_algorithm *const table[], const ck_context *context,
                                                   const ck_conv2d *c, ck_conv2d_algorithm name) {
  for (const image_algorithm *const *a = table; *a; a++) {
    if (conv_is_taken(&(*a)->choice, context, c, name))
      return *a;
  }
  return NULL;
}

void conv_copy_weights(const image_plan *p, const float *w, float *packed) {
  const ck_range mine = ck_my_share(p->packed_floats, CK_LANES);
  memcpy(packed + mine.first, w + mine.first, (size_t)mine.count * sizeof(float));
  ck_barrier();
}

void conv_plan_images(image_plan *p, ck_workspace *memory) {
  p->algorithm->plan(p, memory);
  p->chunk_rows = conv_chunk_rows(p->width, p->lanes, p->height, p->row_unit);
}

// Without a base `memory` only measures. False where an algorithm was asked for that does not support the shape.
static bool plan_into(ck_conv2d_plan *plan, const ck_context *context, const ck_conv2d *conv,
                      const ck_conv2d_algorithms *wanted, ck_workspace *memory) {
  static const ck_conv2d_algorithms automatic = {CK_CONV_AUTOMATIC, CK_CONV_AUTOMATIC, CK_CONV_AUTOMATIC};
  plan->slices = conv_slices_of(conv);
  plan->context = plan->slices.conv.groups > 1 ? ck_at_highest(context) : *context; // depthwise: no sums to pair along
  if (!wanted)
    wanted = &automatic;
  return conv_plan_forward(&plan->forward, &plan->context, &plan->slices, wanted->forward, memory) &&
         conv_plan_backward(&plan->backward, &plan->context, &plan->slices, wanted, memory);
}

size_t ck_conv2d_plan_bytes(const ck_context *context, const ck_conv2d *conv, const ck_conv2d_algorithms *wanted) {
  ck_workspace memory = {NULL, 0};
  ck_conv2d_plan plan;
  ck_take(&memory, sizeof plan);
  return plan_into(&plan, context, conv, wanted, &memory) ? memory.used : 0;
}

const ck_conv2d_plan *ck_conv2d_plan_make(const ck_context *context, const ck_conv2d *conv,
                                          const ck_conv2d_algorithms *wanted, void *memory) {
  ck_workspace rest = {memory, 0};
  ck_conv2d_plan *plan = ck_take(&rest, sizeof *plan);
  return plan_into(plan, context, conv, wanted, &rest) ? plan : NULL;
}

size_t ck_conv2d_workspace_bytes(const ck_conv2d_plan *plan) {
  size_t most = 0;
  for (int i = 0; i < plan->forward.count; i++)
    most = plan->forward.variant[i].workspace_bytes > most ? plan->forward.variant[i].workspace_bytes : most;
  for (int with_dx = 0; with_dx < 2; with_dx++) {
    for (int i = 0; i < plan->backward.weights_count; i++) {
      for (int j = 0; j < (with_dx ? plan->backward.input_count : 1); j++) {
        const size_t bytes = plan->backward.variant[with_dx][i][j].workspace_bytes;
        most = bytes > most ? bytes : most;
      }
    }
  }
  return most;
}

ck_conv2d_algorithms ck_conv2d_plan_algorithms(const ck_conv2d_plan *plan) {
  const backward_plan *backward = &plan->backward.variant[1][0][0];
  return (ck_conv2d_algorithms){.forward = plan->forward.variant[0].images.algorithm->choice.name,
                                .weights = backward->weights.algorithm->choice.name,
                                .input = backward->input.algorithm->choice.name};
}
