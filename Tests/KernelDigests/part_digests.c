// Batches that come in parts: the sums that go on from call to call.
#include "digest.h"

// The parts of a batch, one after the other.
typedef struct {
  ck_batch_part part;
  ptrdiff_t most, count; // samples of a part, and of this one
} parts;

static parts parts_of(run *r, ptrdiff_t whole, ptrdiff_t most, ptrdiff_t sums) {
  return (parts){{0, whole, workspace(r, (size_t)sums * sizeof(float))}, most, 0};
}

static bool next_part(parts *p) {
  const ptrdiff_t left = p->part.whole - (p->part.first += p->count);
  p->count = left < p->most ? left : p->most;
  return left > 0;
}

// samples, samples of a part, inputs, outputs
static void affine_parts(run *r, const ptrdiff_t *p) {
  const ck_activation relu = {.kind = CK_RELU};
  const ptrdiff_t inputs = p[2], outputs = p[3];
  const float *x = input(r, p[0] * inputs), *w = input(r, outputs * inputs), *dy = input(r, p[0] * outputs);
  float *y = output(r, p[0] * outputs), *dx = output(r, p[0] * inputs), *dw = output(r, outputs * inputs);
  float *dbias = output(r, outputs);
  for (parts all = parts_of(r, p[0], p[1], ck_affine_sums_floats(context_of(r), p[0], inputs, outputs));
       next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    const ptrdiff_t in = first * inputs, out = first * outputs;
    // The last part, which is smaller, may need more: one sample is a product of its own kind.
    void *forward = workspace(r, ck_affine_forward_bytes(context_of(r), count, inputs, outputs, false));
    void *backward = workspace(r, ck_affine_backward_bytes(context_of(r), count, inputs, outputs));
    ck_affine_forward(context_of(r), count, inputs, outputs, x + in, w, NULL, NULL, &relu, y + out, NULL, &all.part,
                      forward);
    ck_affine_backward(context_of(r), count, inputs, outputs, dy + out, x + in, w, &relu, y + out, dx + in, true, dw,
                       dbias, &all.part, backward);
  }
}

// samples, samples of a part, channels, plane
static void channel_parts(run *r, const ptrdiff_t *p) {
  const ptrdiff_t sample = p[2] * p[3];
  const float *x = input(r, p[0] * sample), *w = input(r, p[2]), *dy = input(r, p[0] * sample);
  float *dx = output(r, p[0] * sample), *dw = output(r, p[2]), *dgamma = output(r, p[2]), *dbeta = output(r, p[2]);
  float *mean = input(r, p[0]), *inverse_std = input(r, p[0]);
  void *memory = workspace(r, ck_prelu_workspace_bytes(p[1], p[2]));
  for (parts all = parts_of(r, p[0], p[1], ck_prelu_sums_floats(p[2], p[3])); next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    const ptrdiff_t at = first * sample;
    ck_prelu_backward(context_of(r), count, p[2], p[3], dy + at, x + at, w, dx + at, dw, &all.part, memory);
  }
  ck_group_norm norm = {p[1], 1, p[2], p[3], 1e-5f};
  memory = workspace(r, ck_group_norm_workspace_bytes(&norm));
  for (parts all = parts_of(r, p[0], p[1], ck_group_norm_sums_floats(&norm)); next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    const ptrdiff_t at = first * sample;
    norm.samples = count;
    ck_group_norm_backward(context_of(r), &norm, dy + at, x + at, w, mean + first, inverse_std + first, dx + at, dgamma,
                           dbeta, &all.part, memory);
  }
}

// images, images of a part, channels, height, width, filters, kernel, groups, what follows
static void conv_parts(run *r, const ptrdiff_t *p) {
  const ck_conv2d c = {p[1], p[2], p[3], p[4], p[5], p[6], p[6], 1, 1, 1, 1, 1, 1, p[7], (ck_conv2d_post_op)p[8], {0}};
  const ptrdiff_t in = p[2] * p[3] * p[4], out = p[5] * ck_conv2d_plane(&c);
  const ptrdiff_t weights = p[5] * (p[2] / p[7]) * p[6] * p[6];
  const float *x = input(r, p[0] * in), *w = input(r, weights), *dy = input(r, p[0] * out);
  float *dx = output(r, p[0] * in), *dw = output(r, weights), *dbias = output(r, p[5]);
  void *memory = workspace(r, ck_conv2d_plan_bytes(context_of(r), &c, NULL));
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(context_of(r), &c, NULL, memory);
  memory = workspace(r, ck_conv2d_part_workspace_bytes(plan));
  for (parts all = parts_of(r, p[0], p[1], ck_conv2d_sums_floats(plan)); next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    const ck_conv2d_backward_operands operands = {.part = &all.part};
    ck_conv2d_backward_fused(plan, count, dy + first * out, x + first * in, w, &operands, dx + first * in, dw, dbias,
                             memory);
  }
  // The other way round, for the bias has sums of its own there.
  float *dx_back = output(r, p[0] * out), *dw_back = output(r, weights), *dbias_back = output(r, p[2]);
  for (parts all = parts_of(r, p[0], p[1], ck_conv2d_sums_floats(plan)); next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    ck_conv_transpose2d_backward(plan, count, x + first * in, dy + first * out, w, dx_back + first * out, dw_back,
                                 dbias_back, &all.part, memory);
  }
}

// samples, samples of a part, elements
static void dropout_parts(run *r, const ptrdiff_t *p) {
  const ck_random_key key = {3, 4, 5};
  const float *x = input(r, p[0] * p[2]);
  float *y = output(r, p[0] * p[2]), *planes = output(r, p[0] * p[2]);
  for (parts all = parts_of(r, p[0], p[1], 0); next_part(&all);) {
    const ptrdiff_t first = all.part.first, count = all.count;
    const ptrdiff_t at = first * p[2];
    ck_dropout(context_of(r), key, at, 0.3f, count * p[2], x + at, y + at);
    ck_dropout_planes(context_of(r), key, first, 0.3f, count, p[2], x + at, planes + at);
  }
}

void part_cases(void) {
  CHECK(affine_parts, 50, 7, 33, 10);
  CHECK(affine_parts, 900, 250, 20, 40);
  CHECK(affine_parts, 6300, 1700, 5, 18);
  CHECK(channel_parts, 60, 13, 37, 1);
  CHECK(channel_parts, 40, 9, 12, 65);
  CHECK(conv_parts, 37, 5, 3, 7, 9, 18, 3, 1, CK_CONV_NONE);
  CHECK(conv_parts, 20, 3, 16, 12, 14, 16, 3, 1, CK_CONV_NONE);
  CHECK(conv_parts, 19, 4, 18, 6, 7, 18, 3, 18, CK_CONV_NONE);
  CHECK(conv_parts, 9, 2, 6, 7, 7, 8, 1, 2, CK_CONV_NONE);
  CHECK(conv_parts, 37, 5, 9, 2, 2, 18, 3, 1, CK_CONV_NONE);
  CHECK(conv_parts, 40, 7, 16, 5, 6, 18, 3, 1, CK_CONV_BATCH_NORM);
  CHECK(conv_parts, 37, 5, 9, 9, 8, 18, 3, 1, CK_CONV_BATCH_NORM);
  CHECK(conv_parts, 800, 250, 12, 2, 2, 34, 3, 2, CK_CONV_NONE);
  CHECK(dropout_parts, 40, 7, 501);
}
