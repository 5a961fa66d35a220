// All passes of convolutions on emulated tile registers: by the algorithms that pay and by each that is forced, with
// packed weights, in parts, and at full precision where that is fallen back to.
#ifndef EMULATED_AMX_CONVOLUTIONS_H
#define EMULATED_AMX_CONVOLUTIONS_H

#include "emulated_amx_checks.h"

typedef struct {
  float *y, *dx, *dw;
} conv_results;

static conv_results convolve_by(const ck_conv2d_algorithms *algorithms, ck_context context, const ck_conv2d *s,
                                const float *x, const float *w, const float *dy) {
  const conv_counts count = counts_of(s);
  const size_t plan_bytes = ck_conv2d_plan_bytes(&context, s, algorithms);
  void *memory = workspace_of(plan_bytes);
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(&context, s, algorithms, memory);
  const size_t bytes = ck_conv2d_workspace_bytes(plan);
  void *workspace = workspace_of(bytes);
  const conv_results r = {numbers(count.y, 5, 1), numbers(count.x, 6, 1), numbers(count.w, 7, 1)};
  float *only_dx = numbers(count.x, 6, 1), *only_dw = numbers(count.w, 7, 1);
  ck_conv2d_forward(plan, s->batch, x, w, NULL, r.y, NULL, workspace);
  ck_conv2d_backward(plan, s->batch, dy, x, w, NULL, NULL, r.dx, r.dw, NULL, workspace);
  ck_conv2d_backward(plan, s->batch, dy, NULL, w, NULL, NULL, only_dx, NULL, NULL, workspace);
  ck_conv2d_backward(plan, s->batch, dy, x, NULL, NULL, NULL, NULL, only_dw, NULL, workspace);
  const size_t packed_bytes = ck_conv2d_packed_bytes(plan);
  void *packed = workspace_of(packed_bytes);
  float *y = numbers(count.y, 5, 1);
  const ck_conv2d_forward_operands operands = {.packed = packed};
  ck_conv2d_pack(plan, w, packed);
  ck_conv2d_forward_fused(plan, s->batch, x, w, NULL, y, &operands, workspace);
  require(memcmp(y, r.y, (size_t)count.y * sizeof(float)) == 0, "weights that were packed before have other bits");
  free(y);
  free_workspace(packed, packed_bytes);
  require(memcmp(only_dx, r.dx, (size_t)count.x * sizeof(float)) == 0, "dx alone has other bits");
  compare("dw alone", count.w, only_dw, r.dw, 1e-5 * (double)(s->batch * s->height)); // other blocks of rows
  free(only_dx), free(only_dw);
  free_workspace(workspace, bytes);
  free_workspace(memory, plan_bytes);
  return r;
}
static conv_results convolve(ck_context context, const ck_conv2d *s, const float *x, const float *w, const float *dy) {
  return convolve_by(NULL, context, s, x, w, dy);
}
static void free_results(conv_results r) { free(r.y), free(r.dx), free(r.dw); }

static void try_conv(const ck_conv2d *s) {
  const conv_counts count = counts_of(s);
  float *x = numbers(count.x, 1, 1), *w = numbers(count.w, 2, 1), *dy = numbers(count.y, 3, 1);
  char what[120];
  snprintf(what, sizeof what, "conv %td x %td of %td channels of %td x %td and %td filters", s->kernel_height,
           s->kernel_width, s->channels, s->height, s->width, s->filters);
  const conv_results medium = convolve(context_of(&emulated_medium, 2), s, x, w, dy);
  ck_bf16_kernels plain = ck_bf16_avx512;
  plain.winograd_input = NULL; // of rounded factors, as AMX's are
  const conv_results bf16 = convolve(context_of(&plain, 2), s, x, w, dy);
  compare(what, count.y, medium.y, bf16.y, 1e-4 * (double)(s->channels * s->kernel_height));
  compare(what, count.x, medium.dx, bf16.dx, 1e-4 * (double)(s->filters * s->kernel_height));
  compare(what, count.w, medium.dw, bf16.dw, 1e-4 * (double)(s->batch * s->height));
  const conv_oracle sums = oracle_of(s, x, w, dy);
  const conv_results one = convolve(context_of(&emulated_bf16x2, 1), s, x, w, dy);
  compare_bf16x2(what, count.y, one.y, sums.y);
  compare_bf16x2(what, count.x, one.dx, sums.dx);
  compare_bf16x2(what, count.w, one.dw, sums.dw);
  const conv_results three = convolve(context_of(&emulated_bf16x2, 3), s, x, w, dy);
  require(memcmp(one.y, three.y, (size_t)count.y * sizeof(float)) == 0 &&
              memcmp(one.dx, three.dx, (size_t)count.x * sizeof(float)) == 0 &&
              memcmp(one.dw, three.dw, (size_t)count.w * sizeof(float)) == 0,
          "threads change bits of a convolution");
  free_results(medium), free_results(bf16), free_results(one), free_results(three);
  free(x), free(w), free(dy), free(sums.y), free(sums.dx), free(sums.dw);
}

// One pass by an algorithm, whatever pays, at both precisions: against the direct one, and double precision.
static void try_algorithm(const ck_conv2d *s, const ck_conv2d_algorithms *algorithms) {
  const conv_counts count = counts_of(s);
  const ck_context medium = context_of(&emulated_medium, 2);
  const ck_conv2d_algorithms plain = {CK_CONV_DIRECT, CK_CONV_DIRECT, CK_CONV_DIRECT};
  float *x = numbers(count.x, 1, 1), *w = numbers(count.w, 2, 1), *dy = numbers(count.y, 3, 1);
  const conv_results amx = convolve_by(algorithms, medium, s, x, w, dy);
  const conv_results direct = convolve_by(&plain, medium, s, x, w, dy);
  compare("y by AMX", count.y, amx.y, direct.y, 1e-4 * (double)(s->channels * s->kernel_height));
  compare("dx by AMX", count.x, amx.dx, direct.dx, 1e-4 * (double)(s->filters * s->kernel_height));
  compare("dw by AMX", count.w, amx.dw, direct.dw, 1e-4 * (double)(s->batch * s->height));
  const ck_context two_terms = context_of(&emulated_bf16x2, 2);
  if (s->groups == 1 && ck_conv2d_plan_bytes(&two_terms, s, algorithms) > 0) { // it suits the shape
    const conv_results high = convolve_by(algorithms, two_terms, s, x, w, dy);
    const conv_oracle sums = oracle_of(s, x, w, dy);
    compare_bf16x2("y by AMX in two terms", count.y, high.y, sums.y);
    compare_bf16x2("dx by AMX in two terms", count.x, high.dx, sums.dx);
    compare_bf16x2("dw by AMX in two terms", count.w, high.dw, sums.dw);
    free_results(high);
    free(sums.y), free(sums.dx), free(sums.dw);
  }
  free_results(amx), free_results(direct);
  free(x), free(w), free(dy);
}

static void try_algorithms(const ck_conv2d *s) {
  const ck_context medium = context_of(&emulated_medium, 2);
  const ck_conv2d_algorithms weights = {.weights = CK_CONV_AMX}, weights_of_batch = {.weights = CK_CONV_AMX_BATCH};
  const ck_conv2d_algorithms forward = {.forward = CK_CONV_AMX_BATCH}, input = {.input = CK_CONV_AMX_BATCH};
  if (s->stride_height != 1 || s->dilation_height != 1) {
    require(ck_conv2d_plan_bytes(&medium, s, &weights) == 0, "AMX takes neither strides nor dilation");
    require(ck_conv2d_plan_bytes(&medium, s, &weights_of_batch) == 0, "nor does it of batches");
  } else {
    try_algorithm(s, &weights);
    try_algorithm(s, &weights_of_batch);
  }
  if (s->channels == s->groups) {
    require(ck_conv2d_plan_bytes(&medium, s, &forward) == 0, "a channel has no neighbour");
    require(ck_conv2d_plan_bytes(&medium, s, &input) == 0, "nor has its gradient");
    return;
  }
  try_algorithm(s, &forward);
  try_algorithm(s, &input);
}

// The weights' gradient of a batch in parts, whose sums go on in the tile registers, against the whole.
static void try_conv_in_parts(const ck_conv2d *s, ptrdiff_t most) {
  const ck_context context = context_of(&emulated_medium, 2);
  const conv_counts count = counts_of(s);
  float *x = numbers(count.x, 1, 1), *dy = numbers(count.y, 2, 1);
  float *whole = numbers(count.w, 3, 1), *dw = numbers(count.w, 4, 1);
  const size_t plan_bytes = ck_conv2d_plan_bytes(&context, s, NULL);
  void *memory = workspace_of(plan_bytes);
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(&context, s, NULL, memory);
  const size_t bytes = ck_conv2d_part_workspace_bytes(plan);
  void *workspace = workspace_of(bytes);
  ck_conv2d_backward(plan, s->batch, dy, x, NULL, NULL, NULL, NULL, whole, NULL, workspace);
  float *sums = numbers(ck_conv2d_sums_floats(plan), 5, 1);
  ck_batch_part part = {0, s->batch, sums};
  const ck_conv2d_backward_operands operands = {.part = &part};
  for (ptrdiff_t images; part.first < s->batch; part.first += images) {
    images = s->batch - part.first < most ? s->batch - part.first : most;
    ck_conv2d_backward_fused(plan, images, dy + part.first * count.y / s->batch, x + part.first * count.x / s->batch,
                             NULL, &operands, NULL, dw, NULL, workspace);
  }
  compare("dw of a convolution in parts", count.w, dw, whole, 1e-6 * (double)(s->batch * s->height * s->width));
  free_workspace(workspace, bytes);
  free_workspace(memory, plan_bytes);
  free(x), free(dy), free(whole), free(dw), free(sums);
}

static void conv_cases(void) {
  static const ck_conv2d convs[] = {
      {2, 1, 9, 9, 3, 5, 5, 1, 1, 0, 0, 1, 1, 1, CK_CONV_NONE, {0}},
      {2, 16, 7, 20, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 32, 6, 35, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 20, 8, 33, 48, 5, 5, 1, 1, 2, 2, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 33, 9, 11, 17, 3, 3, 2, 2, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 64, 5, 17, 32, 1, 1, 1, 1, 0, 0, 1, 1, 1, CK_CONV_NONE, {0}},
      {3, 8, 6, 6, 20, 3, 3, 1, 1, -1, -1, 1, 1, 1, CK_CONV_NONE, {0}},
      {2, 40, 14, 14, 33, 3, 2, 1, 1, 1, 2, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 10, 12, 28, 31, 5, 4, 1, 1, 0, 3, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 9, 50, 47, 17, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      // Small images, some of which are together: a few tiles of them and one more image, and a single one.
      {37, 33, 4, 4, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {67, 40, 2, 2, 65, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {1, 36, 7, 7, 34, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {7, 48, 1, 1, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {3, 35, 7, 7, 33, 5, 3, 2, 2, 2, 1, 1, 1, 1, CK_CONV_NONE, {0}},
      {3, 34, 6, 5, 33, 3, 3, 1, 1, 2, 2, 2, 2, 1, CK_CONV_NONE, {0}},
      {4, 32, 6, 5, 33, 2, 3, 1, 1, -1, 0, 1, 1, 1, CK_CONV_NONE, {0}},
  };
  for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
    try_conv(&convs[i]), try_algorithms(&convs[i]);
  static const ck_conv2d grouped = {9, 72, 4, 4, 80, 3, 3, 1, 1, 1, 1, 1, 1, 2, CK_CONV_NONE, {0}};
  try_algorithms(&grouped);
  static const ck_conv2d in_parts = {40, 33, 4, 4, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}};
  try_conv_in_parts(&in_parts, 7);
  static const ck_conv2d wide_in_parts = {40, 33, 9, 12, 17, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}};
  try_conv_in_parts(&wide_in_parts, 11);
}

// Tiny images, weights or gradients: the passes that they take part in have the bits of full precision.
static void conv_fallbacks(void) {
  const ck_conv2d s = {2, 32, 8, 14, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_NONE, {0}};
  const conv_counts count = counts_of(&s);
  for (int tiny = 0; tiny < 3; tiny++) {
    float *x = numbers(count.x, 1, tiny == 0 ? 0x1p-90f : 1), *w = numbers(count.w, 2, tiny == 1 ? 0x1p-90f : 1);
    float *dy = numbers(count.y, 3, tiny == 2 ? 0x1p-90f : 1);
    const conv_results high = convolve(context_of(&emulated_bf16x2, 2), &s, x, w, dy);
    const conv_results highest = convolve(context_of(NULL, 1), &s, x, w, dy);
    const bool y = memcmp(high.y, highest.y, (size_t)count.y * sizeof(float)) == 0;
    const bool dx = memcmp(high.dx, highest.dx, (size_t)count.x * sizeof(float)) == 0;
    const bool dw = memcmp(high.dw, highest.dw, (size_t)count.w * sizeof(float)) == 0;
    require(y == (tiny != 2), "only a forward pass of tiny numbers falls back");
    require(dx == (tiny != 0), "only an input's gradient of tiny numbers falls back");
    require(dw == (tiny != 1), "only a weights' gradient of tiny numbers falls back");
    free_results(high), free_results(highest), free(x), free(w), free(dy);
  }
}

#endif
