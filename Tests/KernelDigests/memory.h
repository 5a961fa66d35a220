// Memory in which an access outside of it is a fault: it ends where a page ends that nobody may touch, and begins
// behind another. AddressSanitizer, where it is in use, is told of the bytes in between.
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

// As many bytes, and none to spare behind them but for the sake of the alignment.
void *take_memory(size_t bytes, size_t alignment);

// Gives back all that was taken.
void release_memory(void);

#endif
