// Chooses the kernels of a context: by instruction set, and by precision.
#include "ck_context.h"
#include "cpu/features.h"
#include "dispatch/bf16_kernels.h"
#include "dispatch/kernel_set.h"

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

// The kernels are NULL where products are single precision.
static const ck_bf16_kernels *bf16_kernels(ck_isa isa, ck_precision precision) {
#if defined(__x86_64__)
  if (isa == CK_ISA_AMX && precision != CK_HIGHEST)
    return precision == CK_HIGH ? &ck_bf16x2_amx : &ck_bf16_amx;
  if (isa == CK_ISA_AVX512 && precision == CK_MEDIUM && ck_has_quick_avx512_bf16())
    return &ck_bf16_avx512;
#endif
  (void)isa, (void)precision;
  return NULL;
}

bool ck_precision_supported(ck_isa isa, ck_precision precision) {
  return precision == CK_HIGHEST || bf16_kernels(isa, precision) != NULL;
}

ck_context ck_context_make(ck_isa isa, ck_precision precision, int threads) {
  if (threads < 1)
    threads = 1;
  if (threads > CK_MAX_THREADS)
    threads = CK_MAX_THREADS;
  return (ck_context){kernel_set(isa), bf16_kernels(isa, precision), threads};
}
