// Convolutions, alone and with what may follow them in the same pass.
#include "digest.h"

// batch, channels, height, width, filters, kernel height and width, strides, pads, post-op
static ck_conv2d conv_of(const ptrdiff_t *p) {
  return (ck_conv2d){
      p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], 1, 1, 1, (ck_conv2d_post_op)p[11], {0}};
}

static ptrdiff_t weights_of(const ck_conv2d *c) {
  return c->filters * c->channels / c->groups * c->kernel_height * c->kernel_width;
}

static void convolve(run *r, ck_conv2d c) {
  const ptrdiff_t inputs = c.batch * c.channels * c.height * c.width;
  const ptrdiff_t weights = weights_of(&c);
  const ptrdiff_t outputs = c.batch * c.filters * ck_conv2d_plane(&c), places = ck_conv2d_argmax_bytes(&c);
  const float *x = input(r, inputs), *w = input(r, weights), *bias = input(r, c.filters), *dy = input(r, outputs);
  float *y = output(r, outputs), *dx = output(r, inputs), *dw = output(r, weights), *dbias = output(r, c.filters);
  uint8_t *argmax = places ? output_bytes(r, places) : NULL;
  void *memory = workspace(r, ck_conv2d_plan_bytes(context_of(r), &c, NULL));
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(context_of(r), &c, NULL, memory);
  memory = workspace(r, ck_conv2d_workspace_bytes(plan));
  float *kept = ck_activation_keeps_input(c.activation) ? output(r, outputs) : NULL;
  const ck_conv2d_forward_operands operands = {.argmax = argmax, .kept = kept};
  ck_conv2d_forward_fused(plan, c.batch, x, w, bias, y, &operands, memory);
  ck_conv2d_backward(plan, c.batch, dy, x, w, kept ? kept : y, argmax, dx, dw, dbias, memory);
  if (c.post_op != CK_CONV_NONE)
    return;
  float *only_dx = output(r, inputs), *only_dw = output(r, weights);
  ck_conv2d_backward(plan, c.batch, dy, NULL, w, y, argmax, only_dx, NULL, NULL, memory);
  ck_conv2d_backward(plan, c.batch, dy, x, NULL, y, argmax, NULL, only_dw, NULL, memory);
}

static void conv(run *r, const ptrdiff_t *p) { convolve(r, conv_of(p)); }

// The same, then the activation.
static void activated_conv(run *r, const ptrdiff_t *p) {
  ck_conv2d c = conv_of(p);
  c.activation = activation_of(p[12]);
  convolve(r, c);
}

// The same, then dilations and groups.
static void grouped_conv(run *r, const ptrdiff_t *p) {
  ck_conv2d c = conv_of(p);
  c.dilation_height = p[12], c.dilation_width = p[13], c.groups = p[14];
  convolve(r, c);
}

static void im2col(run *r, const ptrdiff_t *p) {
  const ck_conv2d c = conv_of(p);
  const ptrdiff_t inputs = c.batch * c.channels * c.height * c.width;
  const ptrdiff_t columns =
      c.batch * ck_conv2d_out_height(&c) * ck_conv2d_out_width(&c) * c.channels * c.kernel_height * c.kernel_width;
  const float *x = input(r, inputs);
  float *unfolded = output(r, columns), *folded = output(r, inputs);
  ck_im2col(context_of(r), &c, x, unfolded);
  ck_col2im(context_of(r), &c, unfolded, folded);
}

// Of square windows with stride 1, in the middle of borders as wide as keep the sides.
static ck_conv2d same_conv(const ptrdiff_t *p, ptrdiff_t kernel, ptrdiff_t groups, ck_conv2d_post_op post_op) {
  const ptrdiff_t pad = kernel / 2;
  return (ck_conv2d){p[0], p[1], p[2], p[3], p[4], kernel, kernel, 1, 1, pad, pad, 1, 1, groups, post_op, {0}};
}

// A convolution and a batch normalisation as one.
static void normalise(run *r, ck_conv2d c, ck_norm_post_op post_op, ptrdiff_t kind) {
  const ck_activation f = activation_of(kind);
  const ck_batch_norm norm = {c.batch, c.filters, c.height * c.width, 1e-5f, 0.1f, post_op, c.width, f};
  const ptrdiff_t inputs = c.batch * c.channels * norm.plane, weights = weights_of(&c), filters = c.filters;
  const ptrdiff_t count = c.batch * filters * norm.plane,
                  outputs = post_op == CK_NORM_ACTIVATION_MAX_POOL ? count / 4 : count;
  const float *x = input(r, inputs), *w = input(r, weights), *bias = input(r, filters), *dy = input(r, outputs);
  const float *gamma = input(r, filters), *beta = input(r, filters), *shortcut = input(r, count);
  float *convolved = output(r, count), *y = output(r, outputs), *inferred = output(r, count), *dx = output(r, inputs);
  float *dw = output(r, weights), *dbias = output(r, filters), *dgamma = output(r, filters);
  float *dbeta = output(r, filters), *mean = output(r, filters), *inverse_std = output(r, filters);
  float *running_mean = output(r, filters), *running_variance = output(r, filters);
  uint8_t *places = outputs < count ? output_bytes(r, outputs) : NULL;
  float *moments = workspace(r, (size_t)ck_batch_norm_moments(&norm) * sizeof(float));
  void *memory = workspace(r, ck_conv2d_plan_bytes(context_of(r), &c, NULL));
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(context_of(r), &c, NULL, memory);
  memory = workspace(r, ck_conv2d_workspace_bytes(plan));
  void *norm_memory = workspace(r, ck_batch_norm_workspace_bytes(context_of(r), &norm));
  const ck_conv2d_forward_operands forward = {.moments = moments};
  ck_conv2d_forward_fused(plan, c.batch, x, w, bias, convolved, &forward, memory);
  ck_batch_norm_forward(context_of(r), &norm, convolved, moments, NULL, gamma, beta, running_mean, running_variance, y,
                        NULL, places, mean, inverse_std, norm_memory);
  const ck_norm_channels channels = {gamma, beta, mean, inverse_std};
  const ck_normalisation normalisation = {channels, shortcut, true, f};
  const ck_conv2d_forward_operands inference = {.normalisation = &normalisation};
  ck_conv2d_forward_fused(plan, c.batch, x, w, bias, inferred, &inference, memory);
  ck_batch_norm_backward(context_of(r), &norm, dy, convolved, NULL, places, &channels, NULL, NULL, dgamma, dbeta,
                         norm_memory);
  const ck_norm_gradient gradient = {
      channels, convolved, dgamma, dbeta, (float)(norm.batch * norm.plane), places, post_op != CK_NORM_NONE, f};
  const ck_conv2d_backward_operands backward = {.norm = &gradient};
  ck_conv2d_backward_fused(plan, c.batch, dy, x, w, &backward, dx, dw, dbias, memory);
}

// batch, channels, height, width, filters, the normalisation's post-op, groups; then its activation
static void conv_batch_norm(run *r, const ptrdiff_t *p) {
  normalise(r, same_conv(p, 3, p[6], CK_CONV_BATCH_NORM), (ck_norm_post_op)p[5], CK_RELU);
}
static void activated_conv_batch_norm(run *r, const ptrdiff_t *p) {
  normalise(r, same_conv(p, 3, p[6], CK_CONV_BATCH_NORM), (ck_norm_post_op)p[5], p[7]);
}
static void pointwise_batch_norm(run *r, const ptrdiff_t *p) {
  normalise(r, same_conv(p, 1, p[6], CK_CONV_BATCH_NORM), (ck_norm_post_op)p[5], CK_RELU);
}

// The end of a residual block.
static void add_shortcut(run *r, ck_conv2d c) {
  const ptrdiff_t plane = c.height * c.width, inputs = c.batch * c.channels * plane, weights = weights_of(&c);
  const ptrdiff_t outputs = c.batch * c.filters * plane;
  const float *x = input(r, inputs), *w = input(r, weights), *bias = input(r, c.filters), *dy = input(r, outputs);
  const float *shortcut = input(r, outputs);
  float *y = output(r, outputs), *dx = output(r, inputs), *dw = output(r, weights), *dbias = output(r, c.filters);
  float *dshortcut = output(r, outputs);
  void *memory = workspace(r, ck_conv2d_plan_bytes(context_of(r), &c, NULL));
  const ck_conv2d_plan *plan = ck_conv2d_plan_make(context_of(r), &c, NULL, memory);
  memory = workspace(r, ck_conv2d_workspace_bytes(plan));
  const ck_conv2d_forward_operands forward = {.shortcut = shortcut};
  ck_conv2d_forward_fused(plan, c.batch, x, w, bias, y, &forward, memory);
  const ck_conv2d_backward_operands backward = {.kept = y, .dshortcut = dshortcut};
  ck_conv2d_backward_fused(plan, c.batch, dy, x, w, &backward, dx, dw, dbias, memory);
}

// batch, channels, height, width, filters, groups
static void conv_shortcut(run *r, const ptrdiff_t *p) {
  add_shortcut(r, same_conv(p, 3, p[5], CK_CONV_ADD_ACTIVATION));
}
static void pointwise_shortcut(run *r, const ptrdiff_t *p) {
  add_shortcut(r, same_conv(p, 1, p[5], CK_CONV_ADD_ACTIVATION));
}

void conv_cases(void) {
  static const ptrdiff_t shapes[][11] = {{1, 1, 6, 6, 1, 3, 3, 1, 1, 0, 0},    {2, 1, 8, 8, 18, 5, 5, 1, 1, 0, 0},
                                         {3, 3, 6, 8, 17, 3, 3, 1, 1, 1, 1},   {1, 17, 6, 5, 16, 3, 3, 1, 1, 1, 1},
                                         {5, 2, 9, 8, 5, 1, 1, 1, 1, 0, 0},    {3, 4, 11, 13, 6, 3, 3, 2, 2, 1, 1},
                                         {2, 2, 13, 10, 18, 5, 2, 3, 2, 2, 0}, {2, 3, 9, 9, 4, 2, 4, 1, 3, 1, 2}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const ptrdiff_t *c = shapes[s];
    const ck_conv2d conv2d =
        conv_of((ptrdiff_t[]){c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], CK_CONV_NONE});
    const bool pools = ck_conv2d_out_height(&conv2d) % 2 == 0 && ck_conv2d_out_width(&conv2d) % 2 == 0;
    for (ptrdiff_t post_op = CK_CONV_NONE; post_op <= (pools ? CK_CONV_ACTIVATION_MAX_POOL : CK_CONV_ACTIVATION);
         post_op++)
      CHECK(conv, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], post_op);
    CHECK(im2col, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], 0);
  }
  CHECK(conv, 17, 4, 6, 6, 16, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL); // work for three threads
  // Listed pixels make the weights' gradient.
  CHECK(conv, 2, 16, 22, 19, 18, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION);
  CHECK(conv, 3, 16, 6, 6, 5, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL);
  CHECK(conv, 1, 64, 4, 4, 3, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL);
  CHECK(conv, 2, 9, 4, 6, 3, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL);
  // Depthwise, several filters a channel, groups, dilation.
  CHECK(grouped_conv, 2, 32, 8, 18, 32, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL, 1, 1, 32);
  CHECK(grouped_conv, 3, 17, 9, 7, 17, 3, 3, 2, 2, 1, 1, CK_CONV_ACTIVATION, 1, 1, 17);
  CHECK(grouped_conv, 18, 5, 7, 6, 15, 5, 4, 1, 1, 2, 2, CK_CONV_NONE, 1, 2, 5);
  CHECK(grouped_conv, 2, 24, 8, 9, 34, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, 1, 1, 2);
  CHECK(grouped_conv, 2, 3, 11, 10, 18, 3, 3, 1, 2, 2, 2, CK_CONV_ACTIVATION, 2, 3, 1);
  // Winograd's windows, of both passes.
  CHECK(conv, 2, 12, 8, 9, 20, 3, 3, 1, 1, 1, 1, CK_CONV_NONE);
  CHECK(conv, 1, 33, 5, 14, 16, 3, 3, 1, 1, 2, 2, CK_CONV_ACTIVATION);
  CHECK(conv, 3, 16, 16, 12, 34, 3, 3, 1, 1, 0, 0, CK_CONV_ACTIVATION_MAX_POOL);
  // Planes as they lie: depthwise with several panels in a slice, and windows of one pixel.
  CHECK(grouped_conv, 3, 48, 3, 4, 48, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, 1, 1, 48);
  CHECK(grouped_conv, 2, 16, 9, 15, 16, 5, 5, 1, 1, 2, 2, CK_CONV_NONE, 1, 1, 16);
  CHECK(grouped_conv, 2, 6, 7, 30, 12, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, 1, 1, 6);
  CHECK(conv, 3, 5, 7, 7, 14, 1, 1, 1, 1, 0, 0, CK_CONV_NONE);
  CHECK(conv, 2, 17, 8, 33, 29, 1, 1, 1, 1, 0, 0, CK_CONV_ACTIVATION);
  CHECK(conv, 1, 300, 4, 4, 33, 1, 1, 1, 1, 0, 0, CK_CONV_ACTIVATION);
  CHECK(grouped_conv, 2, 12, 6, 8, 10, 1, 1, 1, 1, 0, 0, CK_CONV_NONE, 1, 1, 2);
  // Batches of tiny images as one product.
  CHECK(conv, 17, 9, 2, 2, 18, 3, 3, 1, 1, 1, 1, CK_CONV_NONE);
  CHECK(conv, 30, 100, 2, 2, 40, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION);
  CHECK(conv, 5, 17, 2, 2, 33, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL);
  CHECK(conv, 3, 33, 1, 1, 5, 3, 3, 1, 1, 1, 1, CK_CONV_NONE);
  CHECK(conv, 1, 1700, 2, 2, 3, 3, 3, 1, 1, 1, 1, CK_CONV_NONE);
  CHECK(grouped_conv, 6, 12, 2, 2, 34, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, 1, 1, 2);
  CHECK(conv_batch_norm, 18, 17, 2, 2, 18, CK_NORM_ACTIVATION, 1);
  CHECK(conv_batch_norm, 18, 16, 2, 2, 34, CK_NORM_ACTIVATION_MAX_POOL, 2);
  CHECK(conv_shortcut, 3, 17, 2, 2, 17, 1);
  CHECK(activated_conv, 17, 9, 2, 2, 18, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, CK_SILU);
  CHECK(activated_conv, 5, 17, 2, 2, 33, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL, CK_GELU);
  CHECK(activated_conv_batch_norm, 18, 16, 2, 2, 18, CK_NORM_ACTIVATION_MAX_POOL, 1, CK_ELU);
  // What else goes on in the same pass.
  CHECK(activated_conv, 3, 5, 8, 6, 18, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION, CK_SILU);
  CHECK(activated_conv, 2, 1, 10, 14, 5, 5, 5, 1, 1, 0, 0, CK_CONV_ACTIVATION_MAX_POOL, CK_LEAKY_RELU);
  CHECK(activated_conv, 2, 16, 8, 10, 33, 3, 3, 1, 1, 1, 1, CK_CONV_ACTIVATION_MAX_POOL, CK_GELU);
  CHECK(activated_conv, 1, 9, 7, 9, 6, 3, 3, 2, 2, 1, 1, CK_CONV_ACTIVATION, CK_CUSTOM);
  CHECK(activated_conv, 2, 17, 6, 8, 18, 1, 1, 1, 1, 0, 0, CK_CONV_ACTIVATION, CK_CUSTOM);
  CHECK(activated_conv_batch_norm, 3, 5, 7, 9, 17, CK_NORM_ACTIVATION, 1, CK_ELU);
  CHECK(activated_conv_batch_norm, 2, 9, 8, 10, 18, CK_NORM_ACTIVATION_MAX_POOL, 1, CK_SILU);
  CHECK(conv_batch_norm, 3, 3, 7, 9, 17, CK_NORM_NONE, 1);
  CHECK(conv_batch_norm, 90, 40, 3, 5, 50, CK_NORM_ACTIVATION, 1);
  CHECK(conv_batch_norm, 5, 16, 9, 11, 18, CK_NORM_ACTIVATION, 1);
  CHECK(conv_batch_norm, 2, 9, 12, 20, 33, CK_NORM_ACTIVATION_MAX_POOL, 1);
  CHECK(conv_batch_norm, 3, 16, 8, 10, 34, CK_NORM_ACTIVATION_MAX_POOL, 2);
  CHECK(conv_batch_norm, 3, 18, 8, 10, 18, CK_NORM_ACTIVATION, 18);
  CHECK(conv_shortcut, 3, 5, 9, 7, 17, 1);
  CHECK(conv_shortcut, 2, 32, 8, 12, 16, 1);
  CHECK(conv_batch_norm, 3, 17, 6, 14, 17, CK_NORM_ACTIVATION, 17);
  CHECK(conv_shortcut, 2, 6, 8, 12, 18, 3);
  CHECK(conv_shortcut, 2, 16, 7, 31, 16, 16);
  CHECK(pointwise_batch_norm, 3, 17, 8, 10, 18, CK_NORM_ACTIVATION, 1);
  CHECK(pointwise_batch_norm, 2, 18, 6, 8, 34, CK_NORM_ACTIVATION_MAX_POOL, 2);
  CHECK(pointwise_shortcut, 3, 17, 5, 13, 29, 1);
  CHECK(pointwise_shortcut, 2, 12, 8, 6, 18, 2);
}
