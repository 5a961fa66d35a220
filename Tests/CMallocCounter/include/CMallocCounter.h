// Counts the heap allocations of the calling thread, to prove that something makes none. For tests on glibc.
#ifndef C_MALLOC_COUNTER_H
#define C_MALLOC_COUNTER_H

// Whether allocations can be counted here at all.
int malloc_counter_available(void);
// Allocations made by the calling thread since it started.
long malloc_counter(void);

#endif
