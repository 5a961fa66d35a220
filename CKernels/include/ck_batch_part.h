// A batch that comes in parts, as gradients are accumulated: sums over it go on from call to call.
#ifndef CK_BATCH_PART_H
#define CK_BATCH_PART_H

#include <stdbool.h>
#include <stddef.h>

// Backward kernels add gradients up over the batch. Where they take a part, calls for the parts of a batch, one after
// the other and in order, leave at CK_HIGHEST the bits of one call for the whole batch, for each continues the sums
// where the one before left them. A gradient is that of the batch after the last part; before, its memory belongs to
// the sums. NULL instead of a part stands for a whole batch.
typedef struct ck_batch_part {
  ptrdiff_t first; // how many samples came in the parts before
  ptrdiff_t whole; // how many there are in all parts together
  float *sums;     // what is kept from one part to the next, 64-byte aligned: ck_..._sums_floats say how many
} ck_batch_part;

// Whether sums go on from a part before this one.
static inline bool ck_batch_continues(const ck_batch_part *part) { return part && part->first > 0; }
// The samples that the calls have together of which one has `batch`.
static inline ptrdiff_t ck_batch_whole(const ck_batch_part *part, ptrdiff_t batch) {
  return part ? part->whole : batch;
}

#endif
