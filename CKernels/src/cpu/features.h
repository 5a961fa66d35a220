// What this processor and its operating system allow beyond what a ck_isa says (ck_isa_supported, ck_isa_best).
#ifndef CK_CPU_FEATURES_H
#define CK_CPU_FEATURES_H

#include <stdbool.h>

// Whether there are AVX-512's products of bf16 pairs, on top of CK_ISA_AVX512.
bool ck_has_avx512_bf16(void);
// Whether these are quicker than as many products of floats.
bool ck_has_quick_avx512_bf16(void);
// Whether a register of AVX-512 goes through the processor in two halves, as on Zen 4.
bool ck_halves_avx512(void);

#endif
