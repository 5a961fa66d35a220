// Which instruction set and how many threads a kernel runs on: the first argument of every kernel.
#ifndef CK_CONTEXT_H
#define CK_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// On each kind of processor in ascending order of speed: AVX on x86-64, NEON on aarch64, portable on all. AMX is
// AVX-512 and, below CK_HIGHEST, matrix instructions.
typedef enum ck_isa {
  CK_ISA_PORTABLE = 0,
  CK_ISA_AVX2 = 1,
  CK_ISA_AVX512 = 2,
  CK_ISA_AMX = 3,
  CK_ISA_NEON = 4,
} ck_isa;

// "portable", "avx2", "avx512", "amx" or "neon"; NULL for a number that is none of them.
const char *ck_isa_name(ck_isa isa);
// Whether this processor and its operating system can run `isa`. For AMX the system is asked for permission, once.
bool ck_isa_supported(ck_isa isa);
// The fastest instruction set that is supported here.
ck_isa ck_isa_best(void);

// What matrix products, convolutions and affine layers may round to, named as PyTorch names it. Sums are fp32 always.
typedef enum ck_precision {
  CK_MEDIUM = 0,  // factors rounded to bf16: three decimal digits
  CK_HIGH = 1,    // factors in two bf16 terms, hi and lo, five digits: AMX alone; what does not suit its tiles is fp32
  CK_HIGHEST = 2, // fp32, and the same bits everywhere
} ck_precision;

// Whether this processor and `isa` have instructions for it that are quicker than those for fp32; if not, contexts fall
// back to CK_HIGHEST.
bool ck_precision_supported(ck_isa isa, ck_precision precision);

// The virtual lanes of every kernel, whatever the width of the registers: the vectors that work is cut into, the
// columns of a panel, the unit to which rows of scratch memory are rounded up. Part of the results, for sums go lane by
// lane.
#define CK_LANES 16

// The most threads a kernel ever uses, whatever the context says.
#define CK_MAX_THREADS 256

// A plain value: copy it, keep several, use them from several threads at once. `threads` says how many threads a
// kernel may use; small problems use fewer. The results are the same bits for every context of CK_HIGHEST; below it
// they depend on the instruction set, but never on the threads.
typedef struct ck_context {
  const struct ck_kernel_set *kernels;
  const struct ck_bf16_kernels *bf16; // NULL at CK_HIGHEST
  int threads;
} ck_context;

// `isa` must be supported; `threads` is clamped to 1 ... CK_MAX_THREADS.
ck_context ck_context_make(ck_isa isa, ck_precision precision, int threads);

// The processors that this process may run on (its affinity mask).
int ck_processors(void);

// Starts the threads that kernels use which are called from this thread with so many; without this call their first
// kernel does. Returns how many there are with the calling one: fewer where the system starts no more (ulimit -u) or
// OMP_THREAD_LIMIT is less.
int ck_start_threads(int threads);

#endif
