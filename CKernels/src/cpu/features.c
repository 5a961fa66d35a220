// The compiler's run-time library asks cpuid, and xgetbv for what the operating system saves.
#define _DEFAULT_SOURCE // for syscall, which ISO C does not know
#include "cpu/features.h"
#include "ck_context.h"
#include <stdatomic.h>
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

bool ck_has_avx512_bf16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// Intel's processors take four times as long for such an instruction as for a fused multiply-add, which does half as
// many products (Emerald Rapids: 90 GFLOP/s beside 187): what shall be quick there is AMX.
bool ck_has_quick_avx512_bf16(void) {
#if defined(__x86_64__)
  return ck_has_avx512_bf16() && __builtin_cpu_is("amd");
#else
  return false;
#endif
}

bool ck_halves_avx512(void) {
#if defined(__x86_64__)
  return __builtin_cpu_is("znver4");
#else
  return false;
#endif
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
  case CK_ISA_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case CK_ISA_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
  case CK_ISA_AMX:
    return ck_isa_supported(CK_ISA_AVX512) && ck_has_avx512_bf16() && __builtin_cpu_supports("amx-tile") &&
           __builtin_cpu_supports("amx-bf16") && may_use_tiles();
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
