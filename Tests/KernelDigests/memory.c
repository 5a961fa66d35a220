#define _DEFAULT_SOURCE // for MAP_ANONYMOUS and MAP_NORESERVE
#include "memory.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(START, BYTES) ((void)(START), (void)(BYTES))
#define __asan_unpoison_memory_region(START, BYTES) ((void)(START), (void)(BYTES))
#endif

enum { MOST_BLOCKS = 256 };
static struct {
  char *start;
  size_t bytes;
} blocks[MOST_BLOCKS];
static int block_count;

void *take_memory(size_t bytes, size_t alignment) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (bytes + page - 1) / page * page;
  char *whole = mmap(NULL, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (whole == MAP_FAILED || block_count == MOST_BLOCKS)
    abort();
  blocks[block_count].start = whole;
  blocks[block_count++].bytes = pages + 2 * page;
  char *first = whole + page, *end = first + pages;
  if (pages > 0 && mprotect(first, pages, PROT_READ | PROT_WRITE) != 0)
    abort();
  char *start = (char *)((uintptr_t)(end - bytes) & ~(uintptr_t)(alignment - 1));
  __asan_poison_memory_region(first, pages);
  __asan_unpoison_memory_region(start, bytes);
  return start;
}

void release_memory(void) {
  while (block_count > 0) {
    block_count--;
    __asan_unpoison_memory_region(blocks[block_count].start, blocks[block_count].bytes);
    munmap(blocks[block_count].start, blocks[block_count].bytes);
  }
}
