// Every family of kernels, at the sizes where their code takes another turn: around 16 lanes, a tile, a block, a team.
#include "digest.h"
#include <stdio.h>

// ---- gemm, affine ----

// trans_a, trans_b, m, n, k, how alpha and beta are, floats beyond each row
static void gemm(run *r, const ptrdiff_t *p) {
  static const float alphas[] = {1.0f, 1.0f, 0.75f}, betas[] = {0.0f, 1.0f, -0.5f};
  const ptrdiff_t m = p[2], n = p[3], k = p[4], extra = p[6];
  const ptrdiff_t lda = (p[0] ? m : k) + extra, ldb = (p[1] ? k : n) + extra, ldc = n + extra;
  const float *a = input(r, (p[0] ? k : m) * lda), *b = input(r, (p[1] ? n : k) * ldb);
  float *c = output(r, m * ldc);
  ck_sgemm(context_of(r), p[0], p[1], m, n, k, alphas[p[5]], a, lda, b, ldb, betas[p[5]], c, ldc,
           workspace(r, ck_sgemm_workspace_bytes(context_of(r), m, n, k)));
}

// batch, inputs, outputs, whether with the activation
static void multiply(run *r, const ptrdiff_t *p, ck_activation f) {
  const ptrdiff_t batch = p[0], inputs = p[1], outputs = p[2];
  const float *x = input(r, batch * inputs), *w = input(r, outputs * inputs), *bias = input(r, outputs);
  const float *dy = input(r, batch * outputs);
  const ck_activation *activation = p[3] ? &f : NULL;
  float *y = output(r, batch * outputs), *dx = output(r, batch * inputs), *dw = output(r, outputs * inputs);
  float *dbias = output(r, outputs), *plain = output(r, batch * outputs);
  float *kept = activation && ck_activation_keeps_input(f) ? output(r, batch * outputs) : NULL;
  void *memory = workspace(r, ck_affine_forward_bytes(context_of(r), batch, inputs, outputs, false));
  ck_affine_forward(context_of(r), batch, inputs, outputs, x, w, NULL, bias, activation, y, kept, NULL, memory);
  float *packed = workspace(r, (size_t)ck_affine_packed_floats(context_of(r), inputs, outputs) * sizeof(float));
  ck_affine_pack(context_of(r), inputs, outputs, w, packed);
  ck_affine_forward(context_of(r), batch, inputs, outputs, x, w, packed, NULL, NULL, plain, NULL, NULL, memory);
  memory = workspace(r, ck_affine_backward_bytes(context_of(r), batch, inputs, outputs));
  ck_affine_backward(context_of(r), batch, inputs, outputs, dy, x, w, activation, kept ? kept : y, dx, false, dw, dbias,
                     NULL, memory);
  ck_bias_forward(context_of(r), batch, outputs, bias, plain);
  ck_bias_backward(context_of(r), batch, outputs, y, dbias, NULL);
}

static void affine(run *r, const ptrdiff_t *p) { multiply(r, p, activation_of(CK_RELU)); }
static void activated_affine(run *r, const ptrdiff_t *p) { multiply(r, p, activation_of(p[4])); }

static void gemm_cases(void) {
  static const ptrdiff_t shapes[][3] = {{1, 1, 1},      {3, 5, 0},      {5, 16, 7},    {6, 17, 33},   {7, 31, 16},
                                        {13, 32, 15},   {14, 33, 383},  {15, 15, 384}, {16, 47, 385}, {29, 64, 40},
                                        {170, 24, 19},  {131, 130, 21}, {5, 7, 6144},  {1, 2065, 9},  {4, 3, 1024},
                                        {28, 8, 20},    {15, 41, 9},    {1, 8, 5},     {520, 33, 20}, {270, 130, 50},
                                        {1, 1030, 400}, {13, 100, 770}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (ptrdiff_t form = 0; form < 4; form++)
      CHECK(gemm, form & 1, form / 2, shapes[s][0], shapes[s][1], shapes[s][2], (ptrdiff_t)(s + (size_t)form) % 3,
            s % 2 ? 3 : 0);
  // What a team packs of B together is packed anew for the next columns; and, where blocks are narrower
  // (Tests/Sanitizers), for the next of k.
  CHECK(gemm, 1, 0, 15, 2065, 9, 1, 1);
  CHECK(gemm, 1, 1, 15, 2065, 9, 1, 1);
  CHECK(gemm, 1, 1, 100, 24, 400, 1, 0);
  CHECK(affine, 1, 1, 1, 0);
  CHECK(affine, 19, 33, 10, 1);
  CHECK(affine, 3, 6200, 5, 1);
  CHECK(affine, 100, 101, 30, 0);
  CHECK(affine, 31, 40, 100, 1);
  CHECK(activated_affine, 20, 33, 50, 1, CK_ELU);
  CHECK(activated_affine, 3, 6200, 5, 1, CK_SILU);
  CHECK(activated_affine, 1, 40, 35, 1, CK_CUSTOM);
}

// ---- pool, norm ----

// planes, height, width, window, strides, pads
static void pool(run *r, const ptrdiff_t *p) {
  const ck_pool2d pool2d = {p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]};
  const ptrdiff_t in = p[0] * p[1] * p[2];
  const ptrdiff_t out = p[0] * ck_pool2d_out_height(&pool2d) * ck_pool2d_out_width(&pool2d);
  const float *x = input(r, in), *dy = input(r, out);
  float *largest = output(r, out), *mean = output(r, out), *dx_largest = output(r, in), *dx_mean = output(r, in);
  uint8_t *argmax = output_bytes(r, out * ck_pool2d_index_bytes(&pool2d));
  ck_max_pool2d_forward(context_of(r), &pool2d, p[0], x, largest, argmax);
  ck_max_pool2d_backward(context_of(r), &pool2d, p[0], dy, argmax, dx_largest);
  ck_average_pool2d_forward(context_of(r), &pool2d, p[0], x, mean);
  ck_average_pool2d_backward(context_of(r), &pool2d, p[0], dy, dx_mean);
}

// batch, channels, plane, post-op, whether with a shortcut, width
static void normalise(run *r, const ptrdiff_t *p, ck_activation f) {
  const ck_batch_norm norm = {p[0], p[1], p[2], 1e-5f, 0.1f, (ck_norm_post_op)p[3], p[5], f};
  const ptrdiff_t count = p[0] * p[1] * p[2], channels = p[1];
  const ptrdiff_t outputs = norm.post_op == CK_NORM_ACTIVATION_MAX_POOL ? count / 4 : count;
  const float *x = input(r, count), *gamma = input(r, channels), *beta = input(r, channels), *dy = input(r, outputs);
  const float *known_mean = input(r, channels), *known_variance = positive(r, channels);
  float *running_mean = output(r, channels), *running_variance = output(r, channels), *inferred = output(r, outputs);
  float *y = output(r, outputs), *mean = output(r, channels), *inverse_std = output(r, channels);
  float *dx = output(r, count), *dgamma = output(r, channels), *dbeta = output(r, channels);
  const float *shortcut = p[4] ? input(r, count) : NULL;
  float *dshortcut = p[4] ? output(r, count) : NULL;
  float *kept = p[4] && ck_activation_keeps_input(norm.activation) ? output(r, count) : NULL;
  uint8_t *places = outputs < count ? output_bytes(r, outputs) : NULL;
  const ck_norm_channels statistics = {gamma, beta, mean, inverse_std};
  void *memory = workspace(r, ck_batch_norm_workspace_bytes(context_of(r), &norm));
  ck_batch_norm_infer(context_of(r), &norm, x, shortcut, gamma, beta, known_mean, known_variance, inferred, places,
                      memory);
  ck_batch_norm_forward(context_of(r), &norm, x, NULL, shortcut, gamma, beta, running_mean, running_variance, y, kept,
                        places, mean, inverse_std, memory);
  ck_batch_norm_backward(context_of(r), &norm, dy, x,
                         kept       ? kept
                         : shortcut ? y
                                    : NULL,
                         places, &statistics, dx, dshortcut, dgamma, dbeta, memory);
}

static void batch_norm(run *r, const ptrdiff_t *p) { normalise(r, p, activation_of(CK_RELU)); }
static void activated_norm(run *r, const ptrdiff_t *p) { normalise(r, p, activation_of(p[6])); }

static void pool_and_norm_cases(void) {
  CHECK(pool, 3, 6, 6, 2, 2, 2, 2, 0, 0);
  CHECK(pool, 31, 25, 37, 2, 2, 2, 2, 0, 0);
  CHECK(pool, 3, 7, 4, 2, 2, 2, 2, 0, 0);
  CHECK(pool, 5, 10, 8, 2, 2, 2, 2, 0, 0);
  CHECK(pool, 2, 13, 16, 2, 2, 2, 2, 0, 0);
  CHECK(pool, 5, 9, 11, 3, 3, 2, 2, 1, 1);
  CHECK(pool, 2, 12, 7, 3, 2, 1, 3, 0, 1);
  CHECK(pool, 2, 40, 33, 17, 20, 5, 7, 8, 3);
  CHECK(batch_norm, 7, 37, 1, CK_NORM_NONE, 0, 1);
  CHECK(batch_norm, 60, 900, 1, CK_NORM_NONE, 0, 1);
  CHECK(batch_norm, 3, 5, 16, CK_NORM_NONE, 0, 4);
  CHECK(batch_norm, 6, 7, 1203, CK_NORM_NONE, 0, 3);
  CHECK(batch_norm, 60, 90, 1, CK_NORM_ACTIVATION, 1, 1);
  CHECK(batch_norm, 5, 19, 9, CK_NORM_ACTIVATION, 0, 3);
  CHECK(batch_norm, 4, 37, 100, CK_NORM_ACTIVATION, 1, 10);
  CHECK(batch_norm, 3, 40, 85, CK_NORM_NONE, 1, 5);
  CHECK(batch_norm, 9, 33, 84, CK_NORM_ACTIVATION_MAX_POOL, 0, 14);
  CHECK(batch_norm, 5, 18, 48, CK_NORM_ACTIVATION_MAX_POOL, 0, 8);
  CHECK(activated_norm, 30, 35, 1, CK_NORM_ACTIVATION, 0, 1, CK_GELU);
  CHECK(activated_norm, 40, 19, 1, CK_NORM_ACTIVATION, 1, 1, CK_SILU);
  CHECK(activated_norm, 5, 19, 77, CK_NORM_ACTIVATION, 0, 7, CK_ELU);
  CHECK(activated_norm, 4, 17, 60, CK_NORM_ACTIVATION, 1, 6, CK_CUSTOM);
  CHECK(activated_norm, 6, 9, 84, CK_NORM_ACTIVATION_MAX_POOL, 0, 14, CK_HARD_SWISH);
}

// ---- activation, loss ----

static void activations(run *r, const ptrdiff_t *p) {
  const float *x = input(r, p[0]), *dy = input(r, p[0]);
  float *wide = input(r, p[0]);
  ck_scale(context_of(r), p[0], 110.0f, wide); // as far as exp and tanh go
  for (ck_activation_kind kind = 0; kind < CK_ACTIVATIONS; kind++) {
    const ck_activation f = activation_of((ptrdiff_t)kind);
    float *y = output(r, p[0]), *far = output(r, p[0]);
    ck_activation_forward(context_of(r), f, p[0], x, y);
    ck_activation_forward(context_of(r), f, p[0], wide, far);
    ck_activation_backward(context_of(r), f, p[0], dy, ck_activation_keeps_input(f) ? x : y, output(r, p[0]));
    ck_activation_backward(context_of(r), f, p[0], dy, ck_activation_keeps_input(f) ? wide : far, output(r, p[0]));
  }
}

// rows, columns
static void losses(run *r, const ptrdiff_t *p) {
  const ptrdiff_t rows = p[0], columns = p[1], count = rows * columns;
  const float *x = input(r, count), *dy = input(r, count), *targets = positive(r, count);
  const int32_t *labels = indices(r, rows, columns);
  float *y = output(r, count), *dx = output(r, count), *row_loss = output(r, rows), *loss = output(r, 5);
  ck_softmax_forward(context_of(r), rows, columns, x, y);
  ck_softmax_backward(context_of(r), rows, columns, dy, y, dx);
  ck_argmax(context_of(r), rows, columns, x, output_integers(r, rows));
  float *gradient[2] = {output(r, count), output(r, count)}, all = (float)rows;
  loss[0] = ck_softmax_cross_entropy_labels(context_of(r), rows, columns, all, x, labels, gradient[0], row_loss);
  loss[1] = ck_softmax_cross_entropy_labels(context_of(r), rows, columns, all, x, labels, NULL, row_loss);
  loss[2] = ck_softmax_cross_entropy_targets(context_of(r), rows, columns, all, x, targets, gradient[1], row_loss);
  loss[3] = ck_softmax_cross_entropy_targets(context_of(r), rows, columns, all, x, targets, NULL, row_loss);
  loss[4] = (float)ck_squared_norm(context_of(r), count, x);
}

// rows, columns
static void elementwise_losses(run *r, const ptrdiff_t *p) {
  const ptrdiff_t rows = p[0], columns = p[1], count = rows * columns;
  const float *x = input(r, count), *targets = positive(r, count), *weights = positive(r, rows);
  const float *positive_weights = positive(r, columns);
  float *loss = output(r, 2 * CK_ELEMENTWISE_LOSSES), *scratch = output(r, ck_loss_scratch_floats(rows, columns));
  for (ck_elementwise_loss_kind kind = 0; kind < CK_ELEMENTWISE_LOSSES; kind++) {
    ck_elementwise_loss l = {kind, rows, columns, (float)count, 0.5f, NULL, NULL};
    loss[2 * kind] = ck_elementwise_loss_evaluate(context_of(r), &l, x, targets, output(r, count), scratch);
    l.row_weights = weights;
    l.positive_weights = positive_weights;
    loss[2 * kind + 1] = ck_elementwise_loss_evaluate(context_of(r), &l, x, targets, output(r, count), scratch);
  }
}

// batch, classes, plane
static void pixel_losses(run *r, const ptrdiff_t *p) {
  const ptrdiff_t batch = p[0], classes = p[1], plane = p[2], count = batch * classes * plane;
  const float *x = input(r, count), *targets = positive(r, count);
  const int32_t *labels = indices(r, batch * plane, classes);
  const ck_pixel_cross_entropy l = {
      batch, classes, plane, (float)(batch * plane), 0.1f, 0, positive(r, classes), positive(r, batch)};
  float *loss = output(r, 2), *scratch = output(r, ck_loss_scratch_floats(batch, plane));
  loss[0] = ck_pixel_cross_entropy_evaluate(context_of(r), &l, x, labels, NULL, output(r, count), scratch);
  loss[1] = ck_pixel_cross_entropy_evaluate(context_of(r), &l, x, NULL, targets, output(r, count), scratch);
}

// ---- optim, vector, random, image ----

static void optimizers(run *r, const ptrdiff_t *p) {
  const ck_optimizer_step step = {0.01f, 0.001f, 0.9f, 0.999f, 1e-7f, 0.19f, 0.002f};
  const float *g = input(r, p[0]);
  for (ck_optimizer kind = 0; kind < CK_OPTIMIZERS; kind++) {
    float *w = output(r, p[0]), *first = output(r, p[0]), *second = output(r, p[0]);
    ck_activation_forward(context_of(r), (ck_activation){.kind = CK_RELU}, p[0], second, second); // a sum of squares
    for (int times = 0; times < 2; times++)
      ck_optimizer_update(context_of(r), kind, &step, p[0], g, w, first, second, 0, NULL);
  }
}

static void vectors(run *r, const ptrdiff_t *p) {
  ck_add(context_of(r), p[0], input(r, p[0]), input(r, p[0]), output(r, p[0]));
  ck_copy_columns(context_of(r), 3, p[0], input(r, 3 * p[0]), p[0], output(r, 3 * p[0] + 6), p[0] + 2);
  ck_scale(context_of(r), p[0], 0.3f, output(r, p[0]));
  ck_clamp(context_of(r), p[0], 0.5f, output(r, p[0]));
  ck_lerp(context_of(r), p[0], 0.1f, input(r, p[0]), output(r, p[0]));
  const float *a = input(r, p[0]), *b = input(r, p[0]), *c = input(r, p[0]);
  ck_multiply(context_of(r), p[0], a, b, output(r, p[0]));
  ck_multiply_add(context_of(r), p[0], a, b, c, output(r, p[0]));
  ck_maximum(context_of(r), p[0], a, b, output(r, p[0]));
  ck_exp(context_of(r), p[0], a, output(r, p[0]));
  ck_log(context_of(r), p[0], b, output(r, p[0]));
}

static void randoms(run *r, const ptrdiff_t *p) {
  const ck_random_key key = {0x0123456789abcdefu, 3, 0xfffffff0u};
  ck_random_bits(context_of(r), key, p[0], (uint32_t *)output_integers(r, p[0]));
  ck_random_uniform(context_of(r), key, -2.0f, 3.0f, p[0], output(r, p[0]));
  ck_random_normal(context_of(r), key, 0.5f, 2.0f, p[0], output(r, p[0]));
  ck_dropout(context_of(r), key, 0, 0.25f, p[0], input(r, p[0]), output(r, p[0]));
  ck_dropout_planes(context_of(r), key, 0, 0.25f, p[0], 7, input(r, 7 * p[0]), output(r, 7 * p[0]));
}

// count, channels, height, width
static void images(run *r, const ptrdiff_t *p) {
  const ptrdiff_t count = p[0], stored = count + 2, pixels = p[1] * p[2] * p[3];
  const uint8_t *image = bytes(r, stored * pixels);
  const int32_t *index = indices(r, count, stored);
  const float *change = input(r, 6 * count);
  ck_affine_map *maps = workspace(r, (size_t)count * sizeof(ck_affine_map));
  for (ptrdiff_t i = 0; i < count; i++, change += 6)
    maps[i] = (ck_affine_map){1.0f + change[0], change[1], 4 * change[2], change[3], 1.0f + change[4], 4 * change[5]};
  const float *scale = input(r, p[1]), *offset = input(r, p[1]);
  ck_image_gather(context_of(r), count, p[1], p[2] * p[3], image, index, scale, offset, output(r, count * pixels));
  ck_image_warp(context_of(r), count, p[1], p[2], p[3], image, index, maps, NULL, scale, offset,
                output(r, count * pixels));

  ck_image_shift *shifts = workspace(r, (size_t)count * sizeof(ck_image_shift));
  ck_image_patch *patches = workspace(r, (size_t)count * sizeof(ck_image_patch));
  const int32_t *numbers = indices(r, 4 * count, 2 * p[3]);
  for (ptrdiff_t i = 0; i < count; i++, numbers += 4) {
    shifts[i] = (ck_image_shift){numbers[0] - (int32_t)p[3], numbers[1] - (int32_t)p[3], numbers[0] % 2};
    patches[i] = (ck_image_patch){numbers[2] - 4, numbers[3] - 4, 8, 7};
  }
  for (ck_image_padding padding = CK_PADDING_CONSTANT; padding <= CK_PADDING_SYMMETRIC; padding++)
    ck_image_move(context_of(r), count, p[1], p[2], p[3], image, index, shifts, padding, patches, scale, offset,
                  output(r, count * pixels));
  ck_image_warp(context_of(r), count, p[1], p[2], p[3], image, index, maps, patches, scale, offset,
                output(r, count * pixels));
}

// count, channels, plane
static void standardization(run *r, const ptrdiff_t *p) {
  ck_standardize(context_of(r), p[0], p[1], p[2], input(r, p[1]), positive(r, p[1]), output(r, p[0] * p[1] * p[2]));
}

static void elementwise_cases(void) {
  static const ptrdiff_t counts[] = {1, 15, 16, 100, 25003};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    CHECK(activations, counts[i]);
    CHECK(optimizers, counts[i]);
    CHECK(vectors, counts[i]);
    CHECK(randoms, counts[i]);
  }
  CHECK(vectors, 50003);
  CHECK(losses, 1, 1);
  CHECK(losses, 5, 10);
  CHECK(losses, 37, 33);
  CHECK(losses, 300, 48);
  CHECK(elementwise_losses, 3, 1);
  CHECK(elementwise_losses, 17, 33);
  CHECK(elementwise_losses, 9, 3003);
  CHECK(pixel_losses, 1, 1, 5);
  CHECK(pixel_losses, 3, 7, 48);
  CHECK(pixel_losses, 2, 5, 1100);
  CHECK(images, 3, 1, 9, 17);
  CHECK(images, 130, 3, 16, 16);
  CHECK(standardization, 7, 37, 1);
  CHECK(standardization, 3001, 13, 1);
  CHECK(standardization, 40, 3, 1001);
}

// What processors do not agree on (see CKernels/README.md): a product just below the smallest normal number, which
// x86-64 rounds up to it before it asks whether the result is denormal. No case above may hit that.
static bool edge_is_as_documented(void) {
#if defined(__x86_64__)
  const float expected = 0x1p-126f;
#else
  const float expected = 0.0f;
#endif
  bool right = true;
  for (ck_isa isa = CK_ISA_PORTABLE; ck_isa_name(isa); isa++) {
    if (!ck_isa_supported(isa))
      continue;
    const ck_context context = ck_context_make(isa, CK_HIGHEST, 1);
    float edge = 0x1.000002p-126f;
    ck_scale(&context, 1, 0x1.fffffcp-1f, &edge); // 2^-126 - 2^-172
    if (edge != expected)
      fprintf(stderr, "%s makes %a of 2^-126 - 2^-172\n", ck_isa_name(isa), (double)edge);
    right = right && edge == expected;
  }
  return right;
}

int main(int count, char **words) {
  if (!choose_cases(count, words)) {
    fprintf(stderr, "usage: %s [--emulated] [part/parts] [name]\n", words[0]);
    return 64;
  }
  gemm_cases();
  conv_cases();
  pool_and_norm_cases();
  layer_cases();
  part_cases();
  elementwise_cases();
  return differences() > 0 || !edge_is_as_documented();
}
