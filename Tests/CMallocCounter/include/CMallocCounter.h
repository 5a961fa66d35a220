// Counts the heap allocations of the calling thread, to prove that something makes none. For tests on glibc.
#ifndef C_MALLOC_COUNTER_H
#define C_MALLOC_COUNTER_H

#include <stddef.h>

// Whether allocations can be counted here at all.
int malloc_counter_available(void);
// Allocations made by the calling thread since it started.
long malloc_counter(void);
// From now on, aligned allocations of the calling thread that ask for this many bytes or more fail, as where memory is
// short. SIZE_MAX ends that. What asks so can do without, or says so; Swift's own allocations end the process.
void malloc_counter_refuse(size_t bytes);

#endif
