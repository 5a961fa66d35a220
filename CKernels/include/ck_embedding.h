// Rows of a table, looked up by index.
#ifndef CK_EMBEDDING_H
#define CK_EMBEDDING_H

#include "ck_batch_part.h"
#include "ck_context.h"

// Indices come as floats, as all inputs of networks do: whole numbers, of which a float holds all up to this.
#define CK_EMBEDDING_MOST_ROWS ((ptrdiff_t)1 << 24)

// Which of n indices is the first that is no whole number in 0 ... rows - 1; n where all are.
ptrdiff_t ck_embedding_first_invalid(ptrdiff_t n, const float *index, ptrdiff_t rows);

// y[i] (of `width` floats) = row index[i] of the table (rows, width). All indices must be valid.
void ck_embedding_forward(const ck_context *context, ptrdiff_t n, ptrdiff_t width, const float *index,
                          const float *table, float *y);
// Each row of dtable (rows, width) = the sum of the dy that it was looked up for, added in their order. `part` may be
// NULL, and keeps no sums.
void ck_embedding_backward(const ck_context *context, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t width, const float *index,
                           const float *dy, float *dtable, const ck_batch_part *part);

#endif
