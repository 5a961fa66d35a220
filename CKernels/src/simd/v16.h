// Sixteen float lanes: the one vector type that every kernel is written in.
//
// A v16 is one AVX-512 register, two AVX2, four SSE or NEON registers; the compiler splits it. Because every
// instruction set works on the same sixteen virtual lanes and sums them in the same tree, every instruction
// set computes the same bits. Intrinsics are here, and where bf16 is made and multiplied (CK_TILE_BF16).
//
// Included once for each instruction set by src/isa/*.c, inside a `target` attribute (see isa/all_kernels.h).
#ifndef CK_SIMD_V16_H
#define CK_SIMD_V16_H

#include "ck_context.h"
#include "simd/sanitizer.h"
#include <string.h>

_Static_assert(CK_LANES == 16, "a v16 has CK_LANES lanes");
#define CK_INLINE static inline __attribute__((always_inline))
// Fully unrolled, so that arrays of accumulators become registers.
#define CK_UNROLL _Pragma("clang loop unroll(full)")

typedef float v4 __attribute__((ext_vector_type(4)));
typedef float v8 __attribute__((ext_vector_type(8)));
typedef float v16 __attribute__((ext_vector_type(16)));
typedef int32_t v16i __attribute__((ext_vector_type(16)));
typedef uint32_t v16u __attribute__((ext_vector_type(16)));
typedef uint64_t v16l __attribute__((ext_vector_type(16)));
typedef uint8_t v16b __attribute__((ext_vector_type(16)));
typedef double v16d __attribute__((ext_vector_type(16)));

typedef float v16_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef float v8_unaligned __attribute__((ext_vector_type(8), aligned(4)));
typedef int32_t v16i_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef uint8_t v16b_unaligned __attribute__((ext_vector_type(16), aligned(1)));

CK_INLINE v16 v16_splat(float s) { return (v16)(s); }
CK_INLINE v16 v16_load(const float *p) {
  CK_READS(p, sizeof(v16));
  return *(const v16_unaligned *)p;
}
CK_INLINE v8 v8_load(const float *p) {
  CK_READS(p, sizeof(v8));
  return *(const v8_unaligned *)p;
}
CK_INLINE v8 v8_of(v16 v) { return v.lo; }
CK_INLINE v16 v16_of_half(v8 v) { // zeros behind it
  return __builtin_shufflevector(v, (v8)(0.0f), 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8, 8, 8, 8);
}
CK_INLINE v16 v16_of_halves(v16 low, v16 high) { // the first eight lanes of both
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
CK_INLINE void v16_store(float *p, v16 v) {
  CK_WRITES(p, sizeof(v16));
  *(v16_unaligned *)p = v;
}
CK_INLINE v16i v16i_iota(void) { return (v16i){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }
CK_INLINE v16i v16_bits(v16 v) { return (v16i)v; }
CK_INLINE v16 v16_from_bits(v16i b) { return (v16)(b); }

CK_INLINE v16d v16_to_doubles(v16 v) { return __builtin_convertvector(v, v16d); }
CK_INLINE v16 v16_of_doubles(v16d v) { return __builtin_convertvector(v, v16); }

// A bit for each lane of a mask.
CK_INLINE uint32_t v16i_mask(v16i mask) {
  typedef bool bits16 __attribute__((ext_vector_type(16)));
  const bits16 bits = __builtin_convertvector(mask, bits16);
  uint16_t result;
  memcpy(&result, &bits, sizeof result);
  return result;
}
// The lanes whose bit is set, one after the other; up to sixteen numbers are written.
CK_INLINE void v16_compress(void *to, v16i v, uint32_t mask) {
#if defined(CK_ISA_HAS_MASKS_512)
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32((__mmask16)mask, (__m512i)v));
#else
  int32_t lanes[CK_LANES];
  memcpy(lanes, &v, sizeof lanes);
  for (char *at = to; mask != 0; mask &= mask - 1, at += sizeof *lanes)
    memcpy(at, &lanes[__builtin_ctz(mask)], sizeof *lanes);
#endif
}
// Lane by lane: mask (all ones or all zeros) ? a : b.
CK_INLINE v16 v16_select(v16i mask, v16 a, v16 b) {
  return v16_from_bits((mask & v16_bits(a)) | (~mask & v16_bits(b)));
}
// A NaN in b wins, one in a does not: a plain comparison, the same on every instruction set.
CK_INLINE v16 v16_max(v16 a, v16 b) { return a > b ? a : b; }
CK_INLINE v16 v16_min(v16 a, v16 b) { return a < b ? a : b; }
// The larger so far and which it is, for pooling. NaN counts as the largest, so that a diverging training shows.
CK_INLINE void v16_take_larger(v16 v, int32_t place, v16 *best, v16i *where) {
  const v16i larger = (v > *best) | (v != v);
  *best = v16_select(larger, v, *best);
  *where = (larger & place) | (~larger & *where);
}
// Denormals become zeros of their sign. Arithmetic does that by itself; comparing and selecting does it on some
// instruction sets only, so that what is stored right after a maximum of inputs goes through this.
CK_INLINE v16 v16_flush(v16 v) {
  const v16i bits = v16_bits(v), normal = (bits & 0x7f800000) != 0;
  return v16_from_bits(bits & (normal | (int32_t)0x80000000));
}
CK_INLINE v16 v16_abs(v16 v) { return v16_from_bits(v16_bits(v) & 0x7fffffff); }
CK_INLINE v16 v16_sqrt(v16 v) { return __builtin_elementwise_sqrt(v); }

// Lane by lane table[index], 0 <= index < 16, where an instruction set has it.
#if defined(CK_ISA_HAS_MASKS_512)
#define CK_ISA_HAS_LOOKUP
CK_INLINE v16 v16_lookup(v16 table, v16i index) { return (v16)_mm512_permutexvar_ps((__m512i)index, (__m512)table); }
#elif defined(CK_ISA_HAS_MASKS_256)
#define CK_ISA_HAS_LOOKUP
CK_INLINE v8 v8_lookup(v16 table, __m256i index) {
  const __m256 low = _mm256_permutevar8x32_ps((__m256)(v8)table.lo, index);
  const __m256 high = _mm256_permutevar8x32_ps((__m256)(v8)table.hi, index);
  return (v8)_mm256_blendv_ps(low, high, (__m256)_mm256_slli_epi32(index, 28)); // 8 and more: into the sign
}
CK_INLINE v16 v16_lookup(v16 table, v16i index) {
  v16 v;
  v.lo = v8_lookup(table, (__m256i)index.lo);
  v.hi = v8_lookup(table, (__m256i)index.hi);
  return v;
}
#endif

// ---- the first n lanes of memory, 0 < n <= 16; lanes beyond read as zero and are never touched ----

#if defined(CK_ISA_HAS_MASKS_512)

CK_INLINE v16 v16_load_n(const float *p, ptrdiff_t n) {
  CK_READS(p, (size_t)n * sizeof *p);
  return (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
CK_INLINE void v16_store_n(float *p, v16 v, ptrdiff_t n) {
  CK_WRITES(p, (size_t)n * sizeof *p);
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}

#elif defined(CK_ISA_HAS_MASKS_256)

CK_INLINE v16 v16_load_n(const float *p, ptrdiff_t n) {
  CK_READS(p, (size_t)n * sizeof *p);
  const v16i mask = v16i_iota() < (int32_t)n;
  v16 v;
  v.lo = (v8)_mm256_maskload_ps(p, (__m256i)mask.lo);
  v.hi = (v8)_mm256_maskload_ps(p + 8, (__m256i)mask.hi);
  return v;
}
CK_INLINE void v16_store_n(float *p, v16 v, ptrdiff_t n) {
  if (n == CK_LANES) {
    v16_store(p, v);
    return;
  }
  CK_WRITES(p, (size_t)n * sizeof *p);
  const v16i mask = v16i_iota() < (int32_t)n;
  _mm256_maskstore_ps(p, (__m256i)(mask.lo), (__m256)(v.lo));
  _mm256_maskstore_ps(p + 8, (__m256i)(mask.hi), (__m256)(v.hi));
}

#else

CK_INLINE v16 v16_load_n(const float *p, ptrdiff_t n) {
  v16 v = 0.0f;
  memcpy(&v, p, (size_t)n * sizeof(float));
  return v;
}
CK_INLINE void v16_store_n(float *p, v16 v, ptrdiff_t n) {
  if (n == CK_LANES)
    v16_store(p, v);
  else
    memcpy(p, &v, (size_t)n * sizeof(float));
}

#endif

CK_INLINE ptrdiff_t ck_lanes_left(ptrdiff_t n, ptrdiff_t i) { return n - i < CK_LANES ? n - i : CK_LANES; }
CK_INLINE v16 v16_load_first(const float *p, ptrdiff_t n) { return n == CK_LANES ? v16_load(p) : v16_load_n(p, n); }
CK_INLINE void v16_store_first(float *p, v16 v, ptrdiff_t n) {
  if (n == CK_LANES)
    v16_store(p, v);
  else
    v16_store_n(p, v, n);
}

// ---- a * b + c, rounded once ----

#if defined(CK_ISA_HAS_FMA) || defined(__FMA__)

CK_INLINE v16 v16_fma(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
CK_INLINE v8 v8_fma(v8 a, v8 b, v8 c) { return __builtin_elementwise_fma(a, b, c); }

#else

// Without the instruction: a * b is exact in double; the sum is rounded to odd, which makes the second
// rounding, to float, the only one that shows (Boldo & Melquiond, "Emulation of FMA and correctly rounded
// sums: proved algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008).
CK_INLINE v16 v16_fma(v16 a, v16 b, v16 c) {
  const v16d product = __builtin_convertvector(a, v16d) * __builtin_convertvector(b, v16d);
  const v16d addend = __builtin_convertvector(c, v16d);
  const v16d sum = product + addend;
  const v16d part = sum - product; // two-sum: `error` is what rounding `sum` lost
  const v16d error = (product - (sum - part)) + (addend - part);
  const v16l inexact = (v16l)((error > 0.0) | (error < 0.0));
  const v16l inward = (v16l)((error > 0.0) ^ (sum > 0.0));
  v16l bits = (v16l)sum;
  const v16l even = (bits & 1) - 1; // all ones where the last bit is zero
  bits += (inward | 1) & inexact & even;
  return __builtin_convertvector((v16d)bits, v16);
}
CK_INLINE v8 v8_fma(v8 a, v8 b, v8 c) { return v16_fma(v16_of_half(a), v16_of_half(b), v16_of_half(c)).lo; }

#endif

// ---- sums and maxima over the lanes, always in this tree ----

CK_INLINE float v16_sum(v16 v) {
  const v8 a = v.lo + v.hi;
  const v4 b = a.lo + a.hi;
  return (b.x + b.z) + (b.y + b.w);
}
CK_INLINE float v16_largest(v16 v) {
  const v8 a = v.lo > v.hi ? v.lo : v.hi;
  const v4 b = a.lo > a.hi ? a.lo : a.hi;
  const float c = b.x > b.z ? b.x : b.z, d = b.y > b.w ? b.y : b.w;
  return c > d ? c : d;
}

#endif
