// Random numbers as a function of their place: element i of a stream never depends on who draws it or when.
#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include "ck_context.h"

#define CK_RANDOM_BLOCK (4 * CK_LANES) // a counter has four words

// Names a stream of Philox4x32-10. Of each CK_RANDOM_BLOCK elements, number CK_LANES * w + l is word w of counter
// (CK_LANES * block + l, stream, step) under the key `seed`.
typedef struct ck_random_key {
  uint64_t seed;
  uint32_t stream; // what draws: a layer, the shuffling, ...
  uint32_t step;   // when: the training step, the epoch, ...
} ck_random_key;

// 32 random bits each.
void ck_random_bits(const ck_context *context, ck_random_key key, ptrdiff_t n, uint32_t *out);
// Uniform in [low, high).
void ck_random_uniform(const ck_context *context, ck_random_key key, float low, float high, ptrdiff_t n, float *out);
// Normal, by Box and Muller's transform.
void ck_random_normal(const ck_context *context, ck_random_key key, float mean, float deviation, ptrdiff_t n,
                      float *out);

// y[i] = x[i] / (1 - rate), or 0 with probability `rate`, 0 <= rate < 1. The same key drops the same elements, so
// that the backward pass is the same call on the gradient. Element `first` + i of the stream decides on x[i]. y may be
// x.
void ck_dropout(const ck_context *context, ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t n, const float *x,
                float *y);
// The same where whole planes of x (planes, plane) are dropped: element `first` + i of the stream decides on plane i.
void ck_dropout_planes(const ck_context *context, ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t planes,
                       ptrdiff_t plane, const float *x, float *y);

#endif
