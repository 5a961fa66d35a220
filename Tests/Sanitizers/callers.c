// Many callers at once, as tasks that predict with one frozen network: they share packed weights and a convolution's
// plan, which nobody writes, and each has inputs, outputs and a workspace of its own. Under ThreadSanitizer that has to
// be silent, and all have to come to the same bits.
//
// callers shared: all use one workspace, which has to be reported.
#include "CKernels.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLERS = 4, CALLS = 6, BATCH = 3, CHANNELS = 5, SIDE = 12, FILTERS = 18, OUTPUTS = 10 };
enum { IMAGE = CHANNELS * SIDE * SIDE, HIDDEN = FILTERS * SIDE * SIDE };

static float input[BATCH * IMAGE], conv_weights[FILTERS * CHANNELS * 9], conv_bias[FILTERS];
static float affine_weights[OUTPUTS * HIDDEN], affine_bias[OUTPUTS];

static void *aligned(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 64) & ~(size_t)63);
  if (memory == NULL)
    abort();
  memset(memory, 0xff, bytes); // NaNs
  return memory;
}

typedef struct {
  ck_context context;
  const ck_conv2d_plan *plan;
  const float *packed; // the affine layer's weights
  void *shared;        // a workspace for all; NULL for one each
  size_t workspace_bytes;
} network;

typedef struct {
  const network *network;
  float y[BATCH * OUTPUTS];
} caller;

static void *predict(void *argument) {
  caller *self = argument;
  const network *n = self->network;
  void *own = n->shared ? NULL : aligned(n->workspace_bytes), *workspace = own ? own : n->shared;
  float *hidden = aligned(sizeof(float) * BATCH * HIDDEN);
  const ck_conv2d_forward_operands operands = {0};
  for (int i = 0; i < CALLS; i++) {
    ck_conv2d_forward_fused(n->plan, BATCH, input, conv_weights, conv_bias, hidden, &operands, workspace);
    ck_affine_forward(&n->context, BATCH, HIDDEN, OUTPUTS, hidden, affine_weights, n->packed, affine_bias, NULL,
                      self->y, NULL, NULL, workspace);
  }
  free(hidden);
  free(own);
  return NULL;
}

static void fill(float *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    numbers[i] = (float)(int)((i * 2654435761u >> 7) % 255) / 255.0f - 0.5f;
}

static int differences(ck_isa isa, int threads, bool shares) {
  network n = {.context = ck_context_make(isa, CK_HIGHEST, threads)};
  const ck_conv2d shape = {
      BATCH, CHANNELS, SIDE, SIDE, FILTERS, 3, 3, 1, 1, 1, 1, 1, 1, 1, CK_CONV_ACTIVATION, {.kind = CK_RELU}};
  void *plan_memory = aligned(ck_conv2d_plan_bytes(&n.context, &shape, NULL));
  n.plan = ck_conv2d_plan_make(&n.context, &shape, NULL, plan_memory);
  float *packed = aligned(sizeof(float) * (size_t)ck_affine_packed_floats(&n.context, HIDDEN, OUTPUTS));
  ck_affine_pack(&n.context, HIDDEN, OUTPUTS, affine_weights, packed);
  n.packed = packed;
  const size_t conv = ck_conv2d_workspace_bytes(n.plan);
  const size_t affine = ck_affine_forward_bytes(&n.context, BATCH, HIDDEN, OUTPUTS, true);
  n.workspace_bytes = conv > affine ? conv : affine;
  n.shared = shares ? aligned(n.workspace_bytes) : NULL;

  caller callers[CALLERS];
  pthread_t ids[CALLERS];
  for (int i = 0; i < CALLERS; i++) {
    callers[i].network = &n;
    if (pthread_create(&ids[i], NULL, predict, &callers[i]) != 0)
      abort();
  }
  int count = 0;
  for (int i = 0; i < CALLERS; i++) {
    pthread_join(ids[i], NULL);
    count += memcmp(callers[i].y, callers[0].y, sizeof callers[i].y) != 0;
  }
  free(n.shared);
  free(packed);
  free(plan_memory);
  return count;
}

int main(int count, char **arguments) {
  const bool shares = count > 1 && strcmp(arguments[1], "shared") == 0;
  fill(input, sizeof input / sizeof *input);
  fill(conv_weights, sizeof conv_weights / sizeof *conv_weights);
  fill(conv_bias, sizeof conv_bias / sizeof *conv_bias);
  fill(affine_weights, sizeof affine_weights / sizeof *affine_weights);
  fill(affine_bias, sizeof affine_bias / sizeof *affine_bias);
  int others = 0;
  for (ck_isa isa = CK_ISA_PORTABLE; ck_isa_name(isa); isa++)
    for (int threads = 1; ck_isa_supported(isa) && threads <= 3; threads++)
      others += differences(isa, threads, shares);
  if (others > 0)
    fprintf(stderr, "%d callers came to other bits than the first\n", others);
  return others > 0;
}
