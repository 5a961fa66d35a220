#include "CMallocCounter.h"
#include <errno.h>
#include <stdint.h>

// Sanitizers have functions of their own in that place.
#if defined(__linux__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && \
    !__has_feature(memory_sanitizer)

// These take the place of glibc's functions of the same names, for the whole process.
static _Thread_local long allocations;
static _Thread_local size_t refused = SIZE_MAX;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  allocations++;
  return __libc_realloc(old, size);
}
void *memalign(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return size >= refused ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  allocations++;
  if (size >= refused)
    return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

int malloc_counter_available(void) { return 1; }
long malloc_counter(void) { return allocations; }
void malloc_counter_refuse(size_t bytes) { refused = bytes; }

#else

int malloc_counter_available(void) { return 0; }
long malloc_counter(void) { return 0; }
void malloc_counter_refuse(size_t bytes) { (void)bytes; }

#endif
