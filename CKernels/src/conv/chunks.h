// The backward pass cuts a batch into chunks, each of which adds up gradients of its own, and a tree adds the chunks.
// Of a batch that comes in parts the chunks are those of the whole: a call adds the sums up as far as they are
// complete, and leaves the others to the next one.
#ifndef CK_CONV_CHUNKS_H
#define CK_CONV_CHUNKS_H

#include "ck_batch_part.h"
#include "conv/plan.h"

typedef struct {
  const ck_batch_part *part; // NULL: the batch is whole
  ptrdiff_t batch, whole;
  ptrdiff_t count;         // of all chunks
  ptrdiff_t before, after; // how many of them are complete before this call, and after it
  ptrdiff_t end;           // those before this one have samples of this call, or of an earlier one
} conv_chunks;

conv_chunks conv_chunks_make(const ck_batch_part *part, ptrdiff_t batch);
// The images of a chunk among those of this call.
ck_range conv_chunk_images(const conv_chunks *chunks, ptrdiff_t chunk);

// The sums of `floats` floats for each chunk, one after the other, and those of them that are kept between calls.
typedef struct {
  ptrdiff_t floats;
  float *of_chunk, *kept;
} conv_chunk_sums;

// What is kept from one call to the next takes the floats of so many chunks.
enum { CONV_KEPT_SUMS = 5 };

// Begins `count` floats, from `first` on, of the sums of a chunk, or continues them.
void conv_chunk_begin(const conv_chunks *chunks, const conv_chunk_sums *sums, ptrdiff_t chunk, ptrdiff_t first,
                      ptrdiff_t count);
// Adds the chunks up, as far as they are complete, and keeps what the next call needs; only the range given. After the
// last part the sums of all chunks are those of the first.
void conv_chunks_add(const conv_chunks *chunks, const conv_chunk_sums *sums, const ck_kernel_set *kernels,
                     ck_range range);

#endif
