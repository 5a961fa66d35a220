// The layers that the book's networks do not have: PReLU, pooling to a size, upsampling, group normalisation,
// embedding, LSTM and GRU.
#include "digest.h"

// samples, channels, plane
static void prelu(run *r, const ptrdiff_t *p) {
  const ptrdiff_t count = p[0] * p[1] * p[2];
  const float *x = input(r, count), *weight = input(r, p[1]), *dy = input(r, count);
  ck_prelu_forward(context_of(r), p[0], p[1], p[2], x, weight, output(r, count));
  ck_prelu_backward(context_of(r), p[0], p[1], p[2], dy, x, weight, output(r, count), output(r, p[1]), NULL,
                    workspace(r, ck_prelu_workspace_bytes(p[0], p[1])));
}

// planes, height, width, output height and width
static void resize(run *r, const ptrdiff_t *p) {
  const ck_adaptive_pool2d pool = {p[1], p[2], p[3], p[4]};
  const ptrdiff_t in = p[0] * p[1] * p[2], out = p[0] * p[3] * p[4];
  const float *x = input(r, in), *dy = input(r, out);
  ck_adaptive_average_pool2d_forward(context_of(r), &pool, p[0], x, output(r, out));
  ck_adaptive_average_pool2d_backward(context_of(r), &pool, p[0], dy, output(r, in));
  for (ck_upsample_mode mode = CK_NEAREST; mode <= CK_BILINEAR; mode++) {
    const ck_upsample2d upsample = {p[1], p[2], p[3], p[4], mode};
    void *memory = workspace(r, ck_upsample2d_workspace_bytes(context_of(r), &upsample));
    ck_upsample2d_forward(context_of(r), &upsample, p[0], x, output(r, out), memory);
    ck_upsample2d_backward(context_of(r), &upsample, p[0], dy, output(r, in), memory);
  }
}

// samples, groups, channels, plane
static void group_norm(run *r, const ptrdiff_t *p) {
  const ck_group_norm norm = {p[0], p[1], p[2], p[3], 1e-5f};
  const ptrdiff_t channels = p[1] * p[2], count = p[0] * channels * p[3];
  const float *x = input(r, count), *dy = input(r, count), *gamma = input(r, channels), *beta = input(r, channels);
  float *mean = output(r, p[0] * p[1]), *inverse_std = output(r, p[0] * p[1]);
  ck_group_norm_forward(context_of(r), &norm, x, gamma, beta, output(r, count), mean, inverse_std);
  ck_group_norm_forward(context_of(r), &norm, x, NULL, NULL, output(r, count), mean, inverse_std);
  ck_group_norm_backward(context_of(r), &norm, dy, x, gamma, mean, inverse_std, output(r, count), output(r, channels),
                         output(r, channels), NULL, workspace(r, ck_group_norm_workspace_bytes(&norm)));
}

// indices, rows, width
static void embedding(run *r, const ptrdiff_t *p) {
  const int32_t *index = indices(r, p[0], p[1]);
  float *as_floats = workspace(r, (size_t)p[0] * sizeof(float));
  for (ptrdiff_t i = 0; i < p[0]; i++)
    as_floats[i] = (float)index[i];
  ck_embedding_forward(context_of(r), p[0], p[2], as_floats, input(r, p[1] * p[2]), output(r, p[0] * p[2]));
  ck_embedding_backward(context_of(r), p[0], p[1], p[2], as_floats, input(r, p[0] * p[2]), output(r, p[1] * p[2]),
                        NULL);
}

// batch, steps, hidden, whether from the last step to the first
static void recurrent(run *r, const ptrdiff_t *p) {
  const ck_recurrent s = {p[0], p[1], p[2], 0, p[2] + 5, p[3]};
  const ptrdiff_t steps = p[0] * p[1], states = steps * p[2];
  const float *projected = input(r, 4 * states), *w = input(r, 4 * p[2] * p[2]), *bias = input(r, 4 * p[2]);
  const float *dy = input(r, steps * s.output_row);
  void *memory = workspace(r, ck_recurrent_workspace_bytes(context_of(r), &s));
  for (int lstm = 0; lstm < 2; lstm++) {
    float *y = output(r, steps * s.output_row), *previous = output(r, states), *gates = output(r, 4 * states);
    float *kept = output(r, states), *dgates = output(r, 4 * states), *dhidden = output(r, 4 * states);
    if (lstm) {
      ck_lstm_forward(context_of(r), &s, projected, w, bias, y, previous, gates, kept, memory);
      ck_lstm_backward(context_of(r), &s, dy, w, gates, kept, dgates, memory);
    } else {
      ck_gru_forward(context_of(r), &s, projected, w, NULL, y, previous, gates, kept, memory);
      ck_gru_backward(context_of(r), &s, dy, w, previous, gates, kept, dgates, dhidden, memory);
    }
  }
}

void layer_cases(void) {
  CHECK(prelu, 60, 37, 1);
  CHECK(prelu, 30, 20, 101);
  CHECK(resize, 3, 7, 9, 1, 1);
  CHECK(resize, 9, 19, 37, 4, 5);
  CHECK(resize, 33, 12, 17, 24, 34);
  CHECK(group_norm, 600, 1, 37, 1);
  CHECK(group_norm, 40, 4, 3, 65);
  CHECK(embedding, 40, 11, 17);
  CHECK(embedding, 1500, 50, 70);
  CHECK(recurrent, 3, 5, 17, 0);
  CHECK(recurrent, 70, 4, 40, 1);
}
