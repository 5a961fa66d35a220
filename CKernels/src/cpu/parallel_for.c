#include "ck_parallel.h"
#include "cpu/parallel.h"

void ck_parallel_for(const ck_context *context, ptrdiff_t n, ptrdiff_t grain, ptrdiff_t unit,
                     void (*body)(void *argument, ptrdiff_t first, ptrdiff_t count), void *argument) {
  CK_PARALLEL(ck_team(context, n, grain), n, unit, share) {
    if (share.count > 0)
      body(argument, share.first, share.count);
  }
}
