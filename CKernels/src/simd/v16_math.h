// exp, log, tanh, the logistic function, the normal distribution, sine and cosine on sixteen lanes.
//
// The C library's versions differ between releases and instruction sets; these do not: only correctly rounded
// operations, in a fixed order. The polynomials are minimax fits (Remez exchange) made for this file; the stated
// errors were measured against Double over the whole range, those of the last two in the tests.
#ifndef CK_SIMD_V16_MATH_H
#define CK_SIMD_V16_MATH_H

#include "simd/v16.h"

// The nearest integer to v, |v| < 2^22: adding 1.5 * 2^23 leaves no room for a fraction.
CK_INLINE v16 v16_round(v16 v) {
  const v16 magic = 12582912.0f;
  return (v + magic) - magic;
}
CK_INLINE v16i v16_to_int(v16 v) { return __builtin_convertvector(v, v16i); }
CK_INLINE v16 v16_from_int(v16i v) { return __builtin_convertvector(v, v16); }
// 2^n, n a whole number in -126 ... 127.
CK_INLINE v16 v16_exp2_int(v16i n) { return v16_from_bits((n + 127) << 23); }

// exp(v) = 2^n * (1 + the result), n a whole number, |v| <= 104.
CK_INLINE v16 v16_exp_fraction(v16 v, v16 *n) {
  *n = v16_round(v * 1.44269504f);
  // ln 2 in two parts, the first with trailing zeros, so that n * high is exact
  v16 r = v16_fma(*n, v16_splat(-0x1.62e400p-1f), v);
  r = v16_fma(*n, v16_splat(-0x1.7f7d1cp-20f), r);
  v16 p = 0x1.9f02cap-13f;
  p = v16_fma(p, r, v16_splat(0x1.6d945cp-10f));
  p = v16_fma(p, r, v16_splat(0x1.111280p-7f));
  p = v16_fma(p, r, v16_splat(0x1.555486p-5f));
  p = v16_fma(p, r, v16_splat(0x1.555554p-3f));
  p = v16_fma(p, r, v16_splat(0.5f));
  return v16_fma(p, r * r, r);
}
// A whole number as an integer; of a NaN, 0.
CK_INLINE v16i v16_whole(v16 n) { return v16_to_int(v16_select(n == n, n, v16_splat(0.0f))); }

// exp(v) to within 1 unit in the last place; 0 below -104, infinity above 88.8.
CK_INLINE v16 v16_exp(v16 v) {
  v = v16_min(v16_splat(89.0f), v16_max(v16_splat(-104.0f), v));
  v16 n;
  const v16 p = v16_exp_fraction(v, &n) + 1.0f;
  // Two factors, because 2^n alone leaves the float range before exp(v) does.
  const v16i whole = v16_whole(n), half = whole >> 1;
  return p * v16_exp2_int(half) * v16_exp2_int(whole - half);
}

// exp(v) - 1 for v <= 88, to within 1.5 units in the last place.
CK_INLINE v16 v16_expm1(v16 v) {
  v16 n;
  const v16 p = v16_exp_fraction(v16_max(v16_splat(-26.0f), v), &n); // below, it is -1
  const v16 scale = v16_exp2_int(v16_whole(n));
  return v16_fma(p, scale, scale - 1.0f);
}

// log(v) to within 1 unit in the last place for v >= 2^-126; -infinity at 0, NaN below.
CK_INLINE v16 v16_log(v16 v) {
  // v = 2^e * m with m in [sqrt(1/2), sqrt(2))
  const v16i bits = v16_bits(v);
  v16i e = (bits - 0x3f3504f3) >> 23;
  const v16 f = v16_from_bits(bits - (e << 23)) - 1.0f;
  v16 p = 0x1.1b4610p-4f;
  p = v16_fma(p, f, v16_splat(-0x1.e316dap-4f));
  p = v16_fma(p, f, v16_splat(0x1.e66654p-4f));
  p = v16_fma(p, f, v16_splat(-0x1.fb3d5ap-4f));
  p = v16_fma(p, f, v16_splat(0x1.233108p-3f));
  p = v16_fma(p, f, v16_splat(-0x1.5562fep-3f));
  p = v16_fma(p, f, v16_splat(0x1.99a55ap-3f));
  p = v16_fma(p, f, v16_splat(-0x1.ffffeep-3f));
  p = v16_fma(p, f, v16_splat(0x1.555546p-2f));
  const v16 n = v16_from_int(e);
  v16 low = p * f * (f * f);
  low = v16_fma(f * f, v16_splat(-0.5f), low);
  low = v16_fma(n, v16_splat(0x1.7f7d1cp-20f), low);
  v16 result = v16_fma(n, v16_splat(0x1.62e400p-1f), low + f);
  result = v16_select(v == __builtin_inff(), v16_splat(__builtin_inff()), result);
  result = v16_select(v == 0.0f, v16_splat(-__builtin_inff()), result);
  return v16_select((v < 0.0f) | (v != v), v16_splat(__builtin_nanf("")), result);
}

// log(1 + v) for v in [0, 1], to within 1.5 units in the last place.
CK_INLINE v16 v16_log1p(v16 v) {
  const v16 sum = 1.0f + v, lost = v - (sum - 1.0f);
  return v16_log(sum) + lost / sum;
}

// Sine and cosine of 2 * pi * turns, turns in [0, 1], each to within 1e-7.
CK_INLINE void v16_sincos_turns(v16 turns, v16 *sine, v16 *cosine) {
  const v16 quarters = turns * 4.0f;
  const v16 nearest = v16_round(quarters);
  const v16 t = quarters - nearest, z = t * t; // t in [-1/2, 1/2], a quarter turn is 1
  v16 s = -0x1.2d9bb8p-8f;
  s = v16_fma(s, z, v16_splat(0x1.465ec6p-4f));
  s = v16_fma(s, z, v16_splat(-0x1.4abbbap-1f));
  s = v16_fma(s, z, v16_splat(0x1.921fb6p+0f)) * t;
  v16 c = 0x1.d9f7bcp-11f;
  c = v16_fma(c, z, v16_splat(-0x1.55c664p-6f));
  c = v16_fma(c, z, v16_splat(0x1.03c1dep-2f));
  c = v16_fma(c, z, v16_splat(-0x1.3bd3ccp+0f));
  c = v16_fma(c, z, v16_splat(1.0f));
  const v16i quadrant = v16_to_int(nearest);
  const v16i swap = (quadrant & 1) != 0;
  const v16i sine_sign = (quadrant & 2) << 30, cosine_sign = ((quadrant + 1) & 2) << 30;
  *sine = v16_from_bits(v16_bits(v16_select(swap, c, s)) ^ sine_sign);
  *cosine = v16_from_bits(v16_bits(v16_select(swap, s, c)) ^ cosine_sign);
}

// 1 / (1 + exp(-v)) to within 2.5 units in the last place, with no overflow on either side.
CK_INLINE v16 v16_sigmoid(v16 v) {
  const v16 e = v16_exp(-v16_abs(v));
  const v16 one = 1.0f;
  return v16_select(v < 0.0f, e, one) / (one + e);
}
// The same, and of -v, which 1 - sigmoid(v) would know no small values of.
CK_INLINE v16 v16_sigmoid_pair(v16 v, v16 *of_minus_v) {
  const v16 e = v16_exp(-v16_abs(v));
  const v16 one = 1.0f;
  *of_minus_v = v16_select(v < 0.0f, one, e) / (one + e);
  return v16_select(v < 0.0f, e, one) / (one + e);
}

// The distribution function of the standard normal distribution, (1 + erf(v / sqrt(2))) / 2, to within 6 units in the
// last place, of small values too, and its density, exp(-v * v / 2) / sqrt(2 * pi), to within 3.5. Both stay as they
// are from |v| = 15 on.
CK_INLINE v16 v16_normal(v16 v, v16 *density) {
  const v16 a = v16_min(v16_splat(15.0f), v16_abs(v));
  const v16 square = a * a, lost = v16_fma(a, a, -square);
  const v16 e = v16_exp(-0.5f * square) * v16_fma(lost, v16_splat(-0.5f), v16_splat(1.0f));
  // Of -a it is e * p(t) / (a + 3.5), where the density falls no more: p is smooth.
  const v16 inverse = 1.0f / (a + 3.5f), t = (a - 3.5f) * inverse;
  v16 p = 0x1.d04292p-14f;
  p = v16_fma(p, t, v16_splat(0x1.ba63eap-12f));
  p = v16_fma(p, t, v16_splat(-0x1.037e1ep-11f));
  p = v16_fma(p, t, v16_splat(-0x1.a031b4p-9f));
  p = v16_fma(p, t, v16_splat(0x1.a98868p-8f));
  p = v16_fma(p, t, v16_splat(0x1.1d2fa4p-6f));
  p = v16_fma(p, t, v16_splat(-0x1.db5a6ep-4f));
  p = v16_fma(p, t, v16_splat(0x1.42fec8p-2f));
  p = v16_fma(p, t, v16_splat(-0x1.219150p-1f));
  p = v16_fma(p, t, v16_splat(0x1.7d241ap-1f));
  const v16 below = e * (p * inverse);
  *density = e * 0.398942280f;
  return v16_select(v > 0.0f, 1.0f - below, below);
}

// tanh(v) to within 2 units in the last place.
CK_INLINE v16 v16_tanh(v16 v) {
  const v16 a = v16_abs(v), z = v * v;
  v16 p = -0x1.76ac1cp-8f;
  p = v16_fma(p, z, v16_splat(0x1.5256d8p-6f));
  p = v16_fma(p, z, v16_splat(-0x1.b84448p-5f));
  p = v16_fma(p, z, v16_splat(0x1.110768p-3f));
  p = v16_fma(p, z, v16_splat(-0x1.555534p-2f));
  const v16 near = v16_fma(p * z, a, a);
  const v16 far = 1.0f - 2.0f / (v16_exp(2.0f * a) + 1.0f);
  const v16 magnitude = v16_select(a < 0.625f, near, far);
  return v16_from_bits(v16_bits(magnitude) | (v16_bits(v) & (int32_t)0x80000000));
}

#endif
