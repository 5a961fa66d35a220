// ThreadSanitizer watches accesses of up to 16 bytes; wider ones, which is what most of the kernels' are, it passes
// over. So a build with it is told of each. Any other build has nothing of this.
#ifndef CK_SIMD_SANITIZER_H
#define CK_SIMD_SANITIZER_H

#if __has_feature(thread_sanitizer)
#include <stddef.h>
void __tsan_read_range(void *start, size_t bytes);
void __tsan_write_range(void *start, size_t bytes);
#define CK_READS(START, BYTES) __tsan_read_range((void *)(START), BYTES)
#define CK_WRITES(START, BYTES) __tsan_write_range((void *)(START), BYTES)
#else
#define CK_READS(START, BYTES) ((void)0)
#define CK_WRITES(START, BYTES) ((void)0)
#endif

#endif
