#define _DEFAULT_SOURCE // for syscall, which ISO C does not know
#include "cpu/wait.h"
#include <time.h>
#if defined(__linux__)
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <os/os_sync_wait_on_address.h>
#endif

int64_t ck_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Tells the processor that this is a loop that waits: the core's other hardware thread gets the execution units.
static inline void pause_core(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); // about as long as x86-64's pause, where yield takes no time at all
#endif
}

#if defined(__linux__)
// Sleeps unless the value has changed; may also return for no reason (futex(2)).
static void sleep_until_woken(ck_signal *signal, uint32_t old) {
  syscall(SYS_futex, &signal->value, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
}
void ck_wake_sleepers(ck_signal *signal) {
  syscall(SYS_futex, &signal->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
#elif defined(__APPLE__)
// The same of Apple's systems, since macOS 14.4 and iOS 17.4.
static void sleep_until_woken(ck_signal *signal, uint32_t old) {
  os_sync_wait_on_address(&signal->value, old, sizeof signal->value, OS_SYNC_WAIT_ON_ADDRESS_NONE);
}
void ck_wake_sleepers(ck_signal *signal) {
  os_sync_wake_by_address_all(&signal->value, sizeof signal->value, OS_SYNC_WAKE_BY_ADDRESS_NONE);
}
#else
// Without futexes a sleeper looks again every 50 microseconds, and nobody need wake it.
static void sleep_until_woken(ck_signal *signal, uint32_t old) {
  (void)signal, (void)old;
  nanosleep(&(struct timespec){0, 50000}, NULL);
}
void ck_wake_sleepers(ck_signal *signal) { (void)signal; }
#endif

void ck_wait(ck_signal *signal, uint32_t old, int64_t spin) {
  enum { PAUSES = 32 }; // between two looks at the clock
  int64_t end = 0;
  while (spin > 0) {
    for (int i = 0; i < PAUSES; i++) {
      if (ck_value(signal) != old)
        return;
      pause_core();
    }
    const int64_t now = ck_nanoseconds();
    if (end == 0)
      end = spin < INT64_MAX - now ? now + spin : INT64_MAX;
    else if (now >= end)
      break;
  }
  atomic_fetch_add(&signal->sleepers, 1);
  while (atomic_load(&signal->value) == old)
    sleep_until_woken(signal, old);
  atomic_fetch_sub_explicit(&signal->sleepers, 1, memory_order_relaxed);
}
