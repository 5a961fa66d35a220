// The kernels of AMX on processors without it: emulated tile registers under the drivers.
//
// At medium precision results are compared with AVX512_BF16, whose own the Swift tests compare with double precision on
// AMD's processors; at high precision with sums in double precision. Workspaces start as NaNs and have a guard behind
// them.
#include "ck_affine.h"
#include "ck_conv.h"
#include "ck_gemm.h"
#include "cpu/features.h"

#if defined(__x86_64__)
#include "emulated_amx.h"
#include "emulated_amx_convolutions.h"
#include <float.h>

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
    multiply_into(context_of(&ck_bf16_avx512, 2), &p, a, b, c[2]);
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

int main(void) {
  if (!ck_isa_supported(CK_ISA_AVX512) || !ck_has_avx512_bf16()) {
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
