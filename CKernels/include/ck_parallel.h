// Work of the caller's own on the kernels' teams of threads.
#ifndef CK_PARALLEL_H
#define CK_PARALLEL_H

#include "ck_context.h"

// Calls `body` with ranges that together are 0 ..< n, on up to context->threads threads at once, with denormals off,
// and returns when all are done. Another thread is woken for every `grain` of them (about 3 microseconds of work, more
// than 0); ranges are cut at multiples of `unit`. Which ranges there are depends on the machine; what is computed of
// each must not.
void ck_parallel_for(const ck_context *context, ptrdiff_t n, ptrdiff_t grain, ptrdiff_t unit,
                     void (*body)(void *argument, ptrdiff_t first, ptrdiff_t count), void *argument);

#endif
