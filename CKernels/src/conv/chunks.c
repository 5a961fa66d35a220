#include "conv/chunks.h"
#include <string.h>

static ck_range whole_chunk(const conv_chunks *chunks, ptrdiff_t chunk) {
  return ck_share(chunks->whole, chunks->count, chunk, 1);
}

static ptrdiff_t first_image(const conv_chunks *chunks) { return chunks->part ? chunks->part->first : 0; }

// How many chunks are complete after so many images of the whole batch.
static ptrdiff_t complete(const conv_chunks *chunks, ptrdiff_t images) {
  ptrdiff_t count = 0;
  while (count < chunks->count && whole_chunk(chunks, count).first + whole_chunk(chunks, count).count <= images)
    count++;
  return count;
}

conv_chunks conv_chunks_make(const ck_batch_part *part, ptrdiff_t batch) {
  const ptrdiff_t whole = ck_batch_whole(part, batch), count = conv_backward_chunks(whole);
  conv_chunks chunks = {.part = part, .batch = batch, .whole = whole, .count = count, .after = count, .end = count};
  if (part) {
    const ptrdiff_t end = part->first + batch;
    chunks.before = complete(&chunks, part->first);
    chunks.after = complete(&chunks, end);
    chunks.end = chunks.after + (chunks.after < count && whole_chunk(&chunks, chunks.after).first < end ? 1 : 0);
  }
  return chunks;
}

ck_range conv_chunk_images(const conv_chunks *chunks, ptrdiff_t chunk) {
  const ck_range all = whole_chunk(chunks, chunk);
  const ptrdiff_t before = first_image(chunks), first = ck_max(all.first - before, 0);
  return (ck_range){first, ck_min(all.first + all.count - before, chunks->batch) - first};
}

// Of `complete` chunks the tree has added up as many as it can: those of each power of two that `complete` is made of
// are in the first of them.
static int kept_chunks(ptrdiff_t complete, ptrdiff_t kept[CONV_KEPT_SUMS]) {
  int count = 0;
  ptrdiff_t first = 0;
  for (ptrdiff_t size = CONV_MAX_CHUNKS; size > 0; size /= 2) {
    if ((complete & size) != 0) {
      kept[count++] = first;
      first += size;
    }
  }
  return count;
}

void conv_chunk_begin(const conv_chunks *chunks, const conv_chunk_sums *sums, ptrdiff_t chunk, ptrdiff_t first,
                      ptrdiff_t count) {
  float *to = sums->of_chunk + chunk * sums->floats + first;
  const size_t bytes = (size_t)count * sizeof(float);
  ptrdiff_t kept[CONV_KEPT_SUMS];
  if (whole_chunk(chunks, chunk).first < first_image(chunks)) // it comes behind those that are complete
    memcpy(to, sums->kept + kept_chunks(chunks->before, kept) * sums->floats + first, bytes);
  else
    memset(to, 0, bytes);
}

void conv_chunks_add(const conv_chunks *chunks, const conv_chunk_sums *sums, const ck_kernel_set *kernels,
                     ck_range range) {
  const size_t bytes = (size_t)range.count * sizeof(float);
  const ptrdiff_t floats = sums->floats;
  float *of_chunk = sums->of_chunk + range.first, *in_kept = sums->kept ? sums->kept + range.first : NULL;
  ptrdiff_t kept[CONV_KEPT_SUMS];
  for (int i = kept_chunks(chunks->before, kept) - 1; i >= 0; i--)
    memcpy(of_chunk + kept[i] * floats, in_kept + i * floats, bytes);
  for (ptrdiff_t reach = 1; reach < chunks->count; reach *= 2) {
    for (ptrdiff_t i = 0; i + reach < chunks->count; i += 2 * reach) {
      const ptrdiff_t end = ck_min(i + 2 * reach, chunks->count); // of the chunks whose sums these two are
      if (end > chunks->before && end <= chunks->after)
        kernels->add(range.count, of_chunk + i * floats, of_chunk + (i + reach) * floats);
    }
  }
  if (chunks->after == chunks->count)
    return;
  int count = kept_chunks(chunks->after, kept);
  if (chunks->end > chunks->after)
    kept[count++] = chunks->after; // which another call goes on with
  for (int i = 0; i < count; i++)
    memcpy(in_kept + i * floats, of_chunk + kept[i] * floats, bytes);
}
