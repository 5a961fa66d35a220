// Denormal numbers count as zero inside the kernels, for a multiplication with one takes up to 100 cycles; the caller's
// own mode comes back afterwards. x86-64 flushes what is denormal after rounding, aarch64 what is before: see
// README.md.
#ifndef CK_CPU_DENORMALS_H
#define CK_CPU_DENORMALS_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
typedef unsigned ck_denormals;
static inline ck_denormals ck_denormals_off(void) {
  const unsigned saved = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(saved | 0x8040); // flush to zero, denormals are zero
  return saved;
}
static inline void ck_denormals_restore(ck_denormals saved) { __builtin_ia32_ldmxcsr(saved); }
#elif defined(__aarch64__)
typedef uint64_t ck_denormals;
static inline ck_denormals ck_denormals_off(void) {
  uint64_t saved;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
  __asm__ volatile("msr fpcr, %0" : : "r"(saved | (1ull << 24)));
  return saved;
}
static inline void ck_denormals_restore(ck_denormals saved) { __asm__ volatile("msr fpcr, %0" : : "r"(saved)); }
#else
typedef int ck_denormals;
static inline ck_denormals ck_denormals_off(void) { return 0; }
static inline void ck_denormals_restore(ck_denormals saved) { (void)saved; }
#endif

// The caller's mode, which comes back at the end of the scope that holds this.
typedef struct {
  ck_denormals saved;
  bool is_entered;
} ck_denormals_scope;
static inline void ck_denormals_scope_end(const ck_denormals_scope *scope) { ck_denormals_restore(scope->saved); }

// CK_WITHOUT_DENORMALS() { ... } runs the block with denormals off on the calling thread.
#define CK_WITHOUT_DENORMALS()                                                                                    \
  for (ck_denormals_scope ck_scope __attribute__((cleanup(ck_denormals_scope_end))) = {ck_denormals_off(), true}; \
       ck_scope.is_entered; ck_scope.is_entered = false)

#endif
