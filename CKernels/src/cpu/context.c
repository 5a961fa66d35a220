// What this processor and its operating system allow.
#include "ck_context.h"
#include "gemm/pairs.h"
#include "isa/kernel_set.h"

static const ck_kernel_set *kernel_set(ck_isa isa) {
  switch (isa) {
  case CK_ISA_PORTABLE:
    return &ck_kernels_portable;
#if defined(__x86_64__)
  case CK_ISA_AVX2:
    return &ck_kernels_avx2;
  case CK_ISA_AVX512:
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
  case CK_ISA_NEON:
    return "neon";
  }
  return NULL;
}

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

static const ck_pair_kernels *pair_kernels(ck_isa isa) {
#if defined(__x86_64__)
  if (isa == CK_ISA_AVX512 && __builtin_cpu_supports("avx512bf16"))
    return &ck_pairs_avx512;
#endif
  (void)isa;
  return NULL;
}

const char *ck_precision_name(ck_precision precision) {
  switch (precision) {
  case CK_MEDIUM:
    return "medium";
  case CK_HIGH:
    return "high";
  case CK_HIGHEST:
    return "highest";
  }
  return NULL;
}

bool ck_precision_supported(ck_isa isa, ck_precision precision) {
  return precision == CK_HIGHEST || (precision == CK_MEDIUM && pair_kernels(isa) != NULL);
}

ck_context ck_context_make(ck_isa isa, ck_precision precision, int threads) {
  if (threads < 1 || !ck_openmp_available())
    threads = 1;
  if (threads > CK_MAX_THREADS)
    threads = CK_MAX_THREADS;
  return (ck_context){kernel_set(isa), precision == CK_MEDIUM ? pair_kernels(isa) : NULL, threads};
}

ck_isa ck_context_isa(const ck_context *context) { return context->kernels->isa; }
ck_precision ck_context_precision(const ck_context *context) { return context->pairs ? CK_MEDIUM : CK_HIGHEST; }
