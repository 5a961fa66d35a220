// The backward pass of algorithms that compute the gradients of all images together: dy is brought in first, image by
// image, and dx is written last.
#include "conv/backward.h"
#include <string.h>

// Where what is kept between parts lies: the weights' sums, then those of the bias.
static ptrdiff_t place_bias_sums(const weights_plan *weights, ptrdiff_t *end) {
  *end = 0;
  ck_place(end, weights->sums_floats);
  return ck_place(end, weights->layout.slices * weights->layout.filter_lanes);
}

ptrdiff_t conv_batch_sums_floats(const weights_plan *weights) {
  ptrdiff_t end;
  place_bias_sums(weights, &end);
  return end;
}

// This thread's share of the slices' bias gradients: a chain over the images, each of which adds the sum of its pixels.
static void sum_bias_gradients(const backward_call *call, const float *dy) {
  const weights_plan *weights = &call->plan->weights;
  const conv_layout *l = &weights->layout;
  const ck_batch_part *part = call->operands.part;
  const ptrdiff_t filters = l->conv.filters, lanes = l->filter_lanes, pixels = l->out_height * l->out_width;
  const ck_range mine = ck_my_share(call->slices, 1);
  ptrdiff_t end;
  float *all = part ? part->sums + place_bias_sums(weights, &end) : call->workspace + call->plan->dbias;
  for (ptrdiff_t slice = mine.first; slice < mine.first + mine.count; slice++) {
    float *sums = all + slice * lanes;
    if (!ck_batch_continues(part))
      memset(sums, 0, (size_t)lanes * sizeof(float));
    for (ptrdiff_t image = slice; image < call->batch * call->slices; image += call->slices)
      call->context->kernels->interleaved_sum(1, pixels, lanes, dy + image * pixels * lanes, pixels * lanes, sums);
    memcpy(call->dbias + slice * filters, sums, (size_t)filters * sizeof(float));
  }
}

void conv_backward_batch(backward_call *call) {
  const backward_plan *plan = call->plan;
  const weights_plan *weights = &plan->weights;
  const image_plan *input = &plan->input;
  const conv_layout *l = &weights->layout;
  const ck_conv2d *c = &l->conv;
  const ptrdiff_t images = call->batch * call->slices;
  float *mine = call->workspace + plan->threads + omp_get_thread_num() * plan->thread_floats;
  float *dy = call->workspace + plan->dy_images, *dx = call->workspace + plan->dx_images;
  if (call->dx)
    input->algorithm->pack_weights(input, call->w, call->workspace + plan->packed);
  for (ptrdiff_t image; (image = ck_next(&call->queue)) < images;)
    conv_load_dy(call, image, (ck_range){0, l->out_height}, mine);
  ck_barrier();
  if (call->dbias)
    sum_bias_gradients(call, dy);
  if (call->dw)
    weights->algorithm->compute_batch(weights, call->x, dy, call->batch, call->operands.part,
                                      call->workspace + plan->packed_dy, mine + plan->weights_scratch, call->dw);
  if (call->dx) {
    input->algorithm->compute_batch(input, call->workspace + plan->packed, dy, call->batch, mine + plan->input_scratch,
                                    dx);
    const ck_range share = ck_my_share(images, 1);
    for (ptrdiff_t image = share.first; image < share.first + share.count; image++)
      conv_write_dx(call, image, (ck_range){0, c->height}, dx + image * c->height * c->width * input->lanes);
  }
  ck_release(call->context);
}
