#include "ck_parallel.h"
#include "cpu/parallel.h"

void ck_parallel_for(const ck_context *context, ptrdiff_t n, ptrdiff_t grain, ptrdiff_t unit,
                     void (*body)(void *argument, ptrdiff_t first, ptrdiff_t count), void *argument) {
  CK_PARALLEL(ck_team(context, n, grain), n, unit, share) {
    if (share.count > 0)
      body(argument, share.first, share.count);
  }
}

// ---- from Swift ----

// A closure that does not escape, as Swift's calling convention passes it: its code, and where that finds what it
// captured, which is in the caller's frame. To pass its address instead, Swift would have to move that to the heap.
typedef __attribute__((swiftcall)) void (*swift_body)(ptrdiff_t first, ptrdiff_t count,
                                                      __attribute__((swift_context)) const void *captured);

typedef struct {
  swift_body code;
  const void *captured;
} swift_closure;

static void call_closure(void *argument, ptrdiff_t first, ptrdiff_t count) {
  const swift_closure *closure = argument;
  closure->code(first, count, closure->captured);
}

// Declared in Sources/KobaiKernels/Parallel.swift, where its last two parameters are one closure.
__attribute__((swiftcall)) void ck_parallel_for_closure(const ck_context *context, ptrdiff_t n, ptrdiff_t grain,
                                                        ptrdiff_t unit, swift_body code, const void *captured);

__attribute__((swiftcall)) void ck_parallel_for_closure(const ck_context *context, ptrdiff_t n, ptrdiff_t grain,
                                                        ptrdiff_t unit, swift_body code, const void *captured) {
  swift_closure closure = {code, captured};
  ck_parallel_for(context, n, grain, unit, call_closure, &closure);
}
