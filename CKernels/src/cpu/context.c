// What this processor and its operating system allow.
#define _DEFAULT_SOURCE // for syscall, which ISO C does not know
#include "ck_context.h"
#include "gemm/pairs.h"
#include "isa/kernel_set.h"
#include <stdatomic.h>
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const ck_kernel_set *kernel_set(ck_isa isa) {
  switch (isa) {
  case CK_ISA_PORTABLE:
    return &ck_kernels_portable;
#if defined(__x86_64__)
  case CK_ISA_AVX2:
    return &ck_kernels_avx2;
  case CK_ISA_AVX512:
  case CK_ISA_AMX:
    return &ck_kernels_avx512;
#elif defined(__aarch64__)
  case CK_ISA_NEON:
    return &ck_kernels_neon;
#endif
  default:
    return NULL;
  }
}

const char *ck_isa_name(ck_isa isa) {
  switch (isa) {
  case CK_ISA_PORTABLE:
    return "portable";
  case CK_ISA_AVX2:
    return "avx2";
  case CK_ISA_AVX512:
    return "avx512";
  case CK_ISA_AMX:
    return "amx";
  case CK_ISA_NEON:
    return "neon";
  }
  return NULL;
}

#if defined(__x86_64__)
// Linux saves the tile registers of those processes alone that asked for them (since 5.16). A process asks for all of
// its threads, those it already has included.
static bool may_use_tiles(void) {
#if defined(__linux__)
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  static _Atomic int answer; // 0: not asked yet; 1: yes; 2: no
  if (answer == 0)
    answer = syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0 ? 1 : 2;
  return answer == 1;
#else
  return false;
#endif
}
#endif

bool ck_isa_supported(ck_isa isa) {
  switch (isa) {
  case CK_ISA_PORTABLE:
    return true;
#if defined(__x86_64__)
  // The compiler's run-time library asks cpuid, and xgetbv for what the operating system saves.
  case CK_ISA_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case CK_ISA_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
  case CK_ISA_AMX:
    return ck_isa_supported(CK_ISA_AVX512) && __builtin_cpu_supports("avx512bf16") &&
           __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && may_use_tiles();
#elif defined(__aarch64__)
  case CK_ISA_NEON:
    return true;
#endif
  default:
    return false;
  }
}

ck_isa ck_isa_best(void) {
  for (int isa = CK_ISA_NEON; isa > CK_ISA_PORTABLE; isa--)
    if (ck_isa_supported((ck_isa)isa))
      return (ck_isa)isa;
  return CK_ISA_PORTABLE;
}

// NULL where products are single precision.
static const ck_pair_kernels *pair_kernels(ck_isa isa, ck_precision precision) {
#if defined(__x86_64__)
  if (isa == CK_ISA_AMX && precision != CK_HIGHEST)
    return precision == CK_HIGH ? &ck_pairs_amx_high : &ck_pairs_amx;
  if (isa == CK_ISA_AVX512 && precision == CK_MEDIUM && __builtin_cpu_supports("avx512bf16"))
    return &ck_pairs_avx512;
#endif
  (void)isa, (void)precision;
  return NULL;
}

bool ck_precision_supported(ck_isa isa, ck_precision precision) {
  return precision == CK_HIGHEST || pair_kernels(isa, precision) != NULL;
}

ck_context ck_context_make(ck_isa isa, ck_precision precision, int threads) {
  if (threads < 1)
    threads = 1;
  if (threads > CK_MAX_THREADS)
    threads = CK_MAX_THREADS;
  return (ck_context){kernel_set(isa), pair_kernels(isa, precision), threads};
}
