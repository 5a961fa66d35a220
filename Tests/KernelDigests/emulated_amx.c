// The kernels of AMX on processors without it: emulated tile registers under the drivers.
//
// At medium precision results are compared with AVX512_BF16, whose own the Swift tests compare with double precision;
// at high precision with sums in double precision. Workspaces start as NaNs and have a guard behind them.
#include "ck_affine.h"
#include "ck_conv.h"
#include "ck_gemm.h"

#if defined(__x86_64__)
#include "emulated_amx.h"
#include "emulated_amx_checks.h"
#include <float.h>

static ck_context context_of(const ck_bf16_kernels *bf16, int threads) {
  ck_context context = ck_context_make(CK_ISA_AVX512, CK_HIGHEST, threads);
  context.bf16 = bf16;
  return context;
}

// ---- gemm ----

typedef struct {
  ptrdiff_t m, n, k;
  int form; // 1: A transposed; 2: B
  float alpha, beta;
} product;

static void multiply_into(ck_context context, const product *p, const float *a, const float *b, float *c) {
  const bool trans_a = p->form & 1, trans_b = p->form & 2;
  const size_t bytes = ck_sgemm_workspace_bytes(&context, p->m, p->n, p->k);
  void *workspace = workspace_of(bytes);
  ck_sgemm(&context, trans_a, trans_b, p->m, p->n, p->k, p->alpha, a, trans_a ? p->m : p->k, b, trans_b ? p->k : p->n,
           p->beta, c, p->n, workspace);
  free_workspace(workspace, bytes);
}

static oracle *gemm_oracle(const product *p, const float *a, const float *b, const float *c) {
  const bool trans_a = p->form & 1, trans_b = p->form & 2;
  oracle *result = calloc((size_t)(p->m * p->n), sizeof *result);
  for (ptrdiff_t i = 0; i < p->m; i++) {
    for (ptrdiff_t j = 0; j < p->n; j++) {
      oracle *o = &result[i * p->n + j];
      for (ptrdiff_t l = 0; l < p->k; l++)
        add_product(o, p->alpha * a[trans_a ? l * p->m + i : i * p->k + l], b[trans_b ? j * p->k + l : l * p->n + j]);
      o->sum += (double)p->beta * c[i * p->n + j];
      o->size += fabs((double)p->beta * c[i * p->n + j]);
    }
  }
  return result;
}

// Prints nothing but what is wrong; on 1, 2 and 3 threads, whose bits must be the same.
static void try_gemm(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int form, float a_scale, float b_scale) {
  const product p = {m, n, k, form, form == 3 ? 0.5f : 1.0f, (float)form / 2 * a_scale * b_scale};
  char what[80];
  snprintf(what, sizeof what, "gemm %td x %td x %td, form %d, scaled by %g and %g", m, n, k, form, (double)a_scale,
           (double)b_scale);
  float *a = numbers(m * k, 1, a_scale), *b = numbers(k * n, 2, b_scale), *start = numbers(m * n, 3, 1);
  float *c[4];
  for (int i = 0; i < 4; i++)
    c[i] = numbers(m * n, 3, 1);
  if (a_scale == 1 && b_scale == 1) {
    multiply_into(context_of(&emulated_medium, 1), &p, a, b, c[0]);
    multiply_into(context_of(&emulated_medium, 3), &p, a, b, c[1]);
    require(memcmp(c[0], c[1], (size_t)(m * n) * sizeof(float)) == 0, what);
    multiply_into(ck_context_make(CK_ISA_AVX512, CK_MEDIUM, 2), &p, a, b, c[2]);
    compare(what, m * n, c[0], c[2], (double)(k * k) * 0x1p-24); // k products below one, in two orders
  }
  oracle *sums = gemm_oracle(&p, a, b, start);
  for (int threads = 1; threads <= 3; threads++) {
    memcpy(c[threads], start, (size_t)(m * n) * sizeof(float));
    multiply_into(context_of(&emulated_bf16x2, threads), &p, a, b, c[threads]);
    compare_bf16x2(what, m * n, c[threads], sums);
    require(memcmp(c[threads], c[1], (size_t)(m * n) * sizeof(float)) == 0, what);
  }
  free(a), free(b), free(start), free(sums);
  for (int i = 0; i < 4; i++)
    free(c[i]);
}

static void gemm_cases(void) {
  static const ptrdiff_t sizes[][3] = {{1, 1, 1},      {8, 1, 8},      {9, 17, 15},     {16, 16, 32},   {17, 33, 31},
                                       {32, 32, 64},   {33, 31, 65},   {15, 48, 33},    {100, 10, 7},   {31, 70, 769},
                                       {161, 70, 129}, {40, 20, 1600}, {10, 20, 12300}, {33, 2060, 40}, {40, 33, 1700}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int form = 0; form < 4; form++)
      try_gemm(sizes[i][0], sizes[i][1], sizes[i][2], form, 1, 1);
  // As small as high precision goes, and as large.
  try_gemm(33, 31, 65, 1, 0x1p-49f, 0x1p-49f);
  try_gemm(33, 31, 65, 2, 0x1p-49f, 0x1p80f);
  try_gemm(33, 31, 65, 0, 0x1p60f, 0x1p60f);
}

// The layer's three products, with bias and ReLU, against full precision.
static void affine_case(ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs) {
  const ck_context contexts[] = {context_of(NULL, 1), context_of(&emulated_bf16x2, 2)};
  float *x = numbers(batch * inputs, 1, 1), *w = numbers(outputs * inputs, 2, 1), *bias = numbers(outputs, 3, 1);
  const ck_activation relu = {.kind = CK_RELU};
  float *dy = numbers(batch * outputs, 4, 1), *y[2], *dx[2], *dw[2];
  for (int i = 0; i < 2; i++) {
    y[i] = numbers(batch * outputs, 5, 1), dx[i] = numbers(batch * inputs, 6, 1),
    dw[i] = numbers(outputs * inputs, 7, 1);
    size_t bytes = ck_affine_forward_bytes(&contexts[i], batch, inputs, outputs, false);
    void *workspace = workspace_of(bytes);
    ck_affine_forward(&contexts[i], batch, inputs, outputs, x, w, NULL, bias, &relu, y[i], NULL, NULL, workspace);
    float *packed = numbers(ck_affine_packed_floats(&contexts[i], inputs, outputs), 8, 1);
    float *again = numbers(batch * outputs, 9, 1);
    ck_affine_pack(&contexts[i], inputs, outputs, w, packed);
    ck_affine_forward(&contexts[i], batch, inputs, outputs, x, w, packed, bias, &relu, again, NULL, NULL, workspace);
    compare("affine y of packed weights", batch * outputs, again, y[i], 0);
    free(packed), free(again);
    free_workspace(workspace, bytes);
    bytes = ck_affine_backward_bytes(&contexts[i], batch, inputs, outputs);
    workspace = workspace_of(bytes);
    ck_affine_backward(&contexts[i], batch, inputs, outputs, dy, x, w, &relu, y[0], dx[i], false, dw[i], NULL, NULL,
                       workspace);
    free_workspace(workspace, bytes);
  }
  compare("affine y", batch * outputs, y[1], y[0], 1e-5 * sqrt((double)inputs));
  compare("affine dx", batch * inputs, dx[1], dx[0], 1e-5 * sqrt((double)outputs));
  compare("affine dw", outputs * inputs, dw[1], dw[0], 1e-5 * sqrt((double)batch));
  for (int i = 0; i < 2; i++)
    free(y[i]), free(dx[i]), free(dw[i]);
  free(x), free(w), free(bias), free(dy);
}

// The weights' gradient of a batch in parts of `most` samples, whose sums go on in the tile registers, against the
// whole.
static void parts_case(ptrdiff_t batch, ptrdiff_t most, ptrdiff_t inputs, ptrdiff_t outputs) {
  const ck_context context = context_of(&emulated_medium, 2);
  float *x = numbers(batch * inputs, 1, 1), *dy = numbers(batch * outputs, 2, 1);
  float *whole = numbers(outputs * inputs, 3, 1), *dw = numbers(outputs * inputs, 4, 1);
  float *sums = numbers(ck_affine_sums_floats(&context, batch, inputs, outputs), 5, 1);
  const size_t bytes = ck_affine_backward_bytes(&context, batch, inputs, outputs);
  void *workspace = workspace_of(bytes);
  ck_affine_backward(&context, batch, inputs, outputs, dy, x, NULL, NULL, NULL, NULL, false, whole, NULL, NULL,
                     workspace);
  ck_batch_part part = {0, batch, sums};
  for (ptrdiff_t count; part.first < batch; part.first += count) {
    count = batch - part.first < most ? batch - part.first : most;
    ck_affine_backward(&context, count, inputs, outputs, dy + part.first * outputs, x + part.first * inputs, NULL, NULL,
                       NULL, NULL, false, dw, NULL, &part, workspace);
  }
  compare("affine dw in parts", outputs * inputs, dw, whole, 1e-6 * sqrt((double)batch));
  free_workspace(workspace, bytes);
  free(x), free(dy), free(whole), free(dw), free(sums);
}

// What a factor beside ordinary ones comes to, times one, in tiles of AMX: as A and as B.
static void try_factor(float factor, float *as_a, float *as_b) {
  const product p = {16, 16, 32, 0, 1, 0};
  float a[16 * 32] = {0}, b[32 * 16] = {0}, c[16 * 16];
  a[0] = factor;
  a[32 + 1] = 1;
  b[0] = 1;
  multiply_into(context_of(&emulated_bf16x2, 1), &p, a, b, c);
  *as_a = c[0];
  a[0] = 1;
  b[0] = factor;
  b[16 + 1] = 1;
  multiply_into(context_of(&emulated_bf16x2, 1), &p, a, b, c);
  *as_b = c[0];
}

static void range_cases(void) {
  static const float finite[] = {FLT_MAX,          0x1.fffffcp127f, 0x1.ffp127f,   0x1.fefffep127f,
                                 0x1.fep127f,      0x1.234568p126f, 0x1.fffffep0f, 0x1.008p0f,
                                 0x1.018p0f,       1e-30f,          FLT_MIN,       0x1.fffffep-118f,
                                 0x1.fffffep-109f, FLT_MIN / 2,     FLT_TRUE_MIN,  0};
  float result[2];
  for (size_t i = 0; i < sizeof finite / sizeof *finite; i++) {
    for (int sign = -1; sign <= 1; sign += 2) {
      const float x = (float)sign * finite[i];
      try_factor(x, &result[0], &result[1]);
      for (int which = 0; which < 2; which++)
        if (!(fabs((double)result[which] - x) <= fabs(x) * 0x1p-16 + 0x1p-126))
          fail("a factor times one", which, result[which], x);
    }
  }
  try_factor(INFINITY, &result[0], &result[1]);
  require(!isfinite(result[0]) && !isfinite(result[1]), "infinity is lost");
  try_factor(NAN, &result[0], &result[1]);
  require(isnan(result[0]) && isnan(result[1]), "NaN is lost");
}

// Full precision is used for factors that are tiny throughout, and for shapes that leave tiles empty.
static void gemm_fallbacks(void) {
  static const struct {
    product p;
    float a_scale, b_scale;
  } cases[] = {{{33, 31, 65, 0, 1, 0}, 0x1p-51f, 1},
               {{33, 31, 65, 3, 1, 0}, 1, 0x1p-110f},
               {{33, 31, 65, 1, 1, 0}, 0x1p-125f, 0x1p100f},
               {{20, 20, 7000, 2, 1, 0}, 0, 1},
               {{7, 31, 65, 2, 1, 0}, 1, 1},
               {{33, 31, 7, 0, 1, 0}, 1, 1},
               {{1, 70, 400, 0, 1, 0}, 1, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const product *p = &cases[i].p;
    float *a = numbers(p->m * p->k, 1, cases[i].a_scale), *b = numbers(p->k * p->n, 2, cases[i].b_scale);
    float *high = numbers(p->m * p->n, 3, 1), *highest = numbers(p->m * p->n, 4, 1);
    multiply_into(context_of(&emulated_bf16x2, 2), p, a, b, high);
    multiply_into(context_of(NULL, 1), p, a, b, highest);
    require(memcmp(high, highest, (size_t)(p->m * p->n) * sizeof(float)) == 0, "a product did not fall back");
    free(a), free(b), free(high), free(highest);
  }
}

// ---- conv ----

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
  ck_bf16_kernels plain = *ck_context_make(CK_ISA_AVX512, CK_MEDIUM, 2).bf16;
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

int main(void) {
  if (!ck_precision_supported(CK_ISA_AVX512, CK_MEDIUM)) {
    puts("emulated AMX: skipped, for this processor has no AVX512_BF16 to compare with");
    return 0;
  }
  gemm_cases();
  affine_case(40, 1700, 33);
  affine_case(9, 100, 130);
  affine_case(3, 100, 20);
  parts_case(90, 13, 40, 70);
  parts_case(1700, 300, 33, 20);
  parts_case(12500, 3001, 9, 20);
  range_cases();
  gemm_fallbacks();
  const long by_gemm = products;
  conv_cases();
  conv_fallbacks();
  require(by_gemm > 20000 && products - by_gemm > 20000, "the drivers did not use the tiles");
  printf("emulated AMX: %ld tile products, all as they should be; long sums of two parts off by %.1e at most\n",
         products, worst);
}
#else
int main(void) { puts("emulated AMX: skipped, for this is no x86-64"); }
#endif
