// Embedding: forward, threads share what is looked up; backward the columns of the table, each of which adds up in one
// order.
#include "ck_embedding.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"
#include <string.h>

enum { EMBEDDING_GRAIN = 16384 }; // floats that are worth another thread

ptrdiff_t ck_embedding_first_invalid(ptrdiff_t n, const float *index, ptrdiff_t rows) {
  for (ptrdiff_t i = 0; i < n; i++)
    if (!(index[i] >= 0.0f && index[i] < (float)rows && index[i] == (float)(ptrdiff_t)index[i]))
      return i;
  return n;
}

void ck_embedding_forward(const ck_context *context, ptrdiff_t n, ptrdiff_t width, const float *index,
                          const float *table, float *y) {
  CK_PARALLEL(ck_team(context, n * width, EMBEDDING_GRAIN), n, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      memcpy(y + i * width, table + (ptrdiff_t)index[i] * width, (size_t)width * sizeof(float));
  }
}

void ck_embedding_backward(const ck_context *context, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t width, const float *index,
                           const float *dy, float *dtable, const ck_batch_part *part) {
  CK_PARALLEL(ck_team(context, (n + rows) * width, EMBEDDING_GRAIN), width, CK_LANES, share) {
    const size_t bytes = (size_t)share.count * sizeof(float);
    for (ptrdiff_t i = 0; i < rows && !ck_batch_continues(part); i++)
      memset(dtable + i * width + share.first, 0, bytes);
    for (ptrdiff_t i = 0; i < n; i++)
      context->kernels->add(share.count, dtable + (ptrdiff_t)index[i] * width + share.first,
                            dy + i * width + share.first);
  }
}
