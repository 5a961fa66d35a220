// Philox4x32-10 on sixteen lanes: a random number is a pure function of (key, counter), so that any thread can
// draw any part of a stream (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
#ifndef CK_SIMD_V16_PHILOX_H
#define CK_SIMD_V16_PHILOX_H

#include "ck_random.h"
#include "simd/v16.h"

typedef struct {
  v16u word[4];
} v16_random;

CK_INLINE void v16_philox_round(v16u x[4], uint32_t key0, uint32_t key1) {
  const v16l product0 = __builtin_convertvector(x[0], v16l) * 0xD2511F53u;
  const v16l product1 = __builtin_convertvector(x[2], v16l) * 0xCD9E8D57u;
  const v16u high0 = __builtin_convertvector(product0 >> 32, v16u);
  const v16u low0 = __builtin_convertvector(product0, v16u);
  const v16u high1 = __builtin_convertvector(product1 >> 32, v16u);
  const v16u low1 = __builtin_convertvector(product1, v16u);
  x[0] = high1 ^ x[1] ^ key0;
  x[1] = low1;
  x[2] = high0 ^ x[3] ^ key1;
  x[3] = low0;
}

// The 64 numbers of block `block`: lane l holds the four words of counter 16 * block + l.
CK_INLINE v16_random v16_philox(ck_random_key key, uint64_t block) {
  const uint64_t first = block * CK_LANES;
  v16_random r;
  r.word[0] = (v16u)(v16i_iota()) + (uint32_t)first; // first is a multiple of CK_LANES: no carry
  r.word[1] = (v16u)((uint32_t)(first >> 32));
  r.word[2] = (v16u)(key.stream);
  r.word[3] = (v16u)(key.step);
  uint32_t key0 = (uint32_t)key.seed, key1 = (uint32_t)(key.seed >> 32);
  for (int round = 0; round < 10; round++) {
    v16_philox_round(r.word, key0, key1);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return r;
}

// Uniform in [0, 1), a multiple of 2^-24.
CK_INLINE v16 v16_uniform(v16u bits) { return __builtin_convertvector((v16i)(bits >> 8), v16) * 0x1p-24f; }

#endif
