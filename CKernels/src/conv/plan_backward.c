// How both gradients are computed: by which algorithms, how they share the output gradient, and where all of it lies.
#include "conv/plan.h"

extern const image_algorithm conv_input_depthwise, conv_input_matrix, conv_input_amx, conv_input_winograd,
    conv_input_direct;
static const image_algorithm *const input_algorithms[] = {&conv_input_depthwise, &conv_input_matrix, &conv_input_amx,
                                                          &conv_input_winograd,  &conv_input_direct, NULL};

extern const weights_algorithm conv_weights_depthwise, conv_weights_matrix, conv_weights_amx_batch, conv_weights_amx,
    conv_weights_winograd, conv_weights_sparse, conv_weights_single_channel, conv_weights_direct;
static const weights_algorithm *const weights_algorithms[] = {&conv_weights_depthwise,
                                                              &conv_weights_matrix,
                                                              &conv_weights_amx_batch,
                                                              &conv_weights_amx,
                                                              &conv_weights_winograd,
                                                              &conv_weights_sparse,
                                                              &conv_weights_single_channel,
                                                              &conv_weights_direct,
                                                              NULL};

static const weights_algorithm *choose(const ck_context *context, const ck_conv2d *c, ck_conv2d_algorithm name) {
  for (const weights_algorithm *const *a = weights_algorithms; *a; a++) {
    if (conv_is_taken(&(*a)->choice, context, c, name))
      return *a;
  }
  return NULL;
}

static void plan_weights(weights_plan *p, const weights_algorithm *algorithm, const ck_context *context,
                         const conv_slices *slices, bool with_dx, ck_workspace *memory) {
  const ck_context full = ck_at_highest(context);
  *p = (weights_plan){.algorithm = algorithm,
                      .layout = conv_layout_make(algorithm->at_full_precision ? &full : context, slices),
                      .dy = gradient_layout_make(&slices->conv, with_dx || algorithm->widen)};
  if (algorithm->widen)
    algorithm->widen(&p->layout, &p->dy);
  algorithm->plan(p, memory);
}

static void plan_input(image_plan *p, const image_algorithm *algorithm, const ck_context *context,
                       const conv_slices *slices, gradient_layout dy, ck_workspace *memory) {
  const ck_conv2d *c = &slices->conv;
  *p = (image_plan){.algorithm = algorithm,
                    .layout = conv_layout_make(context, slices),
                    .dy = dy,
                    .order = conv_input_order(slices),
                    .height = c->height,
                    .width = c->width};
  p->lanes = p->layout.channel_lanes;
  conv_plan_images(p, memory);
}

static void place(backward_plan *plan, const ck_context *context, const conv_slices *slices, bool with_dx) {
  const ck_conv2d *c = &slices->conv;
  const image_plan *input = &plan->input;
  const weights_plan *weights = &plan->weights;
  const ptrdiff_t tasks = conv_backward_chunks(c->batch) * slices->count, lanes = weights->layout.filter_lanes;
  plan->whole_batch = with_dx ? input->algorithm->compute_batch != NULL : weights->algorithm->compute_batch != NULL;
  plan->dy = plan->whole_batch ? gradient_layout_make(c, false) : weights->dy;
  plan->dy_floats = plan->whole_batch ? 0 : plan->dy.height * plan->dy.width * lanes + (with_dx ? input->past : 0);
  ptrdiff_t end = 0;
  plan->dw = ck_place(&end, tasks * weights->dw_floats);
  plan->dbias = ck_place(&end, tasks * lanes);
  plan->packed = ck_place(&end, with_dx ? input->packed_floats : 0);
  if (plan->whole_batch) {
    const ptrdiff_t images = c->batch * slices->count;
    plan->dy_images = ck_place(&end, images * plan->dy.height * plan->dy.width * lanes);
    plan->dx_images = ck_place(&end, with_dx ? images * c->height * c->width * input->lanes : 0);
    plan->packed_dy = ck_place(&end, weights->packed_floats);
  }
  plan->threads = end;
  end = 0;
  plan->weights_scratch = ck_place(&end, weights->scratch_floats);
  plan->dy_at = ck_place(&end, plan->dy_floats);
  plan->pooled = ck_place(&end, conv_pools(c) ? ck_conv2d_plane(c) * lanes : 0);
  const bool normalises = c->post_op == CK_CONV_BATCH_NORM;
  if (normalises || conv_activates_apart(c)) {
    const ptrdiff_t width = weights->layout.out_width;
    plan->block_rows = ck_max(CONV_L1_FLOATS / CK_LANES / width & ~(ptrdiff_t)1, 2); // pooled two by two
    plan->unpooled = ck_place(&end, normalises ? CK_LANES * plan->block_rows * width : 0);
    plan->derived = ck_place(&end, CK_LANES * plan->block_rows * width);
  }
  if (with_dx) {
    plan->converted = ck_place(&end, input->converted_floats);
    plan->chunk = ck_place(&end, input->chunk_rows * input->width * input->lanes);
    plan->input_scratch = ck_place(&end, input->scratch_floats);
  }
  plan->thread_floats = end;
  plan->workspace_bytes = (size_t)(plan->threads + context->threads * end) * sizeof(float);
}

bool conv_plan_backward(conv_backward_plans *plans, const ck_context *context, const conv_slices *slices,
                        const ck_conv2d_algorithms *wanted, ck_workspace *memory) {
  const ck_conv2d *c = &slices->conv;
  const ck_context full = ck_at_highest(context);
  const bool two_terms = ck_terms(context) == 2;
  const weights_algorithm *weights[2] = {choose(context, c, wanted->weights)};
  const bool weights_suit = two_terms && weights[0] && weights[0]->in_two_terms;
  const bool input_suits = two_terms && conv_fills_tiles(context, ck_ceil_div(c->filters, 2));
  // The algorithm that was asked for may be none of full precision's.
  weights[1] = choose(&full, c, weights_suit ? CK_CONV_AUTOMATIC : wanted->weights);
  const ck_context *input_context[2] = {two_terms && !input_suits ? &full : context, &full};
  const ck_context *weights_context[2] = {two_terms && !weights_suit ? &full : context, &full};
  if (two_terms && !weights_suit)
    weights[0] = weights[1];
  plans->weights_count = weights_suit ? 2 : 1;
  plans->input_count = input_suits ? 2 : 1;
  for (int with_dx = 0; with_dx < 2; with_dx++) {
    for (int i = 0; i < plans->weights_count; i++) {
      for (int j = 0; j < (with_dx ? plans->input_count : 1); j++) {
        backward_plan *plan = &plans->variant[with_dx][i][j];
        const image_algorithm *input =
            conv_choose_image_algorithm(input_algorithms, input_context[j], c, wanted->input);
        if (!input && j == 1)
          input = conv_choose_image_algorithm(input_algorithms, &full, c, CK_CONV_AUTOMATIC);
        if (!weights[i] || !input)
          return false;
        plan_weights(&plan->weights, weights[i], weights_context[i], slices, with_dx, memory);
        if (with_dx)
          plan_input(&plan->input, input, input_context[j], slices, plan->weights.dy, memory);
        place(plan, context, slices, with_dx);
      }
    }
  }
  return true;
}
