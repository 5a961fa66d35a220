// How a thread waits for another: it spins for as long as that is cheaper than sleeping, then gives its core away.
#ifndef CK_CPU_WAIT_H
#define CK_CPU_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

// A number that one thread changes while others wait for that. Zero it to begin with.
typedef struct {
  _Atomic uint32_t value;
  _Atomic uint32_t sleepers; // how many threads sleep until it changes
} ck_signal;

// Monotonic time in nanoseconds.
int64_t ck_nanoseconds(void);

// Returns as soon as the signal's value is no longer `old`: spinning for at most `spin` nanoseconds, then sleeping.
// What the thread that changed it wrote before is visible to the caller.
void ck_wait(ck_signal *signal, uint32_t old, int64_t spin);

static inline uint32_t ck_value(ck_signal *signal) {
  return atomic_load_explicit(&signal->value, memory_order_acquire);
}

// Changes the value; ck_wake must follow. Between the two, more signals may be changed.
static inline void ck_set(ck_signal *signal, uint32_t value) {
  atomic_store_explicit(&signal->value, value, memory_order_release);
}

// Orders the values just set before the search for sleepers: a thread that is about to sleep announces itself first and
// looks at the value afterwards, so that one of the two sees the other.
static inline void ck_before_wake(void) { atomic_thread_fence(memory_order_seq_cst); }
void ck_wake_sleepers(ck_signal *signal);
static inline void ck_wake(ck_signal *signal) {
  if (atomic_load_explicit(&signal->sleepers, memory_order_relaxed) > 0)
    ck_wake_sleepers(signal);
}

#endif
