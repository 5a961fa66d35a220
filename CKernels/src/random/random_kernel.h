// Blocks of random numbers, and dropout, which draws its mask instead of storing it.
#include "simd/v16_math.h"
#include "simd/v16_philox.h"

// Each function fills elements of one stream from number CK_RANDOM_BLOCK * block on.
static void random_bits(ck_random_key key, uint64_t block, ptrdiff_t n, uint32_t *out) {
  for (ptrdiff_t i = 0; i < n; i += CK_RANDOM_BLOCK, block++) {
    const v16_random r = v16_philox(key, block);
    const ptrdiff_t count = n - i < CK_RANDOM_BLOCK ? n - i : CK_RANDOM_BLOCK;
    memcpy(out + i, &r, (size_t)count * sizeof(uint32_t));
  }
}

CK_INLINE void random_store(const v16 v[4], ptrdiff_t n, float *out) {
  for (int w = 0; w < 4 && w * CK_LANES < n; w++)
    v16_store_first(out + w * CK_LANES, v[w], ck_lanes_left(n, w * CK_LANES));
}

// The largest number below a finite one.
CK_INLINE float number_before(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = x > 0.0f ? bits - 1 : x < 0.0f ? bits + 1 : INT32_MIN + 1;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// What would be rounded to `high` is the number before it.
static void random_uniform(ck_random_key key, uint64_t block, float low, float high, ptrdiff_t n, float *out) {
  const v16 most = v16_splat(low < high ? number_before(high) : high);
  for (ptrdiff_t i = 0; i < n; i += CK_RANDOM_BLOCK, block++) {
    const v16_random r = v16_philox(key, block);
    v16 v[4];
    CK_UNROLL for (int w = 0; w < 4; w++) v[w] =
        v16_min(v16_fma(v16_uniform(r.word[w]), v16_splat(high - low), v16_splat(low)), most);
    random_store(v, n - i, out + i);
  }
}

// Box & Muller, 1958: two uniform numbers make two independent normal ones.
CK_INLINE void box_muller(v16u radius_bits, v16u angle_bits, v16 *a, v16 *b) {
  const v16 u = v16_uniform(radius_bits) + 0x1p-24f; // in (0, 1]: the logarithm is finite
  const v16 radius = v16_sqrt(-2.0f * v16_log(u));
  v16 sine, cosine;
  v16_sincos_turns(v16_uniform(angle_bits), &sine, &cosine);
  *a = radius * cosine;
  *b = radius * sine;
}

static void random_normal(ck_random_key key, uint64_t block, float mean, float deviation, ptrdiff_t n, float *out) {
  for (ptrdiff_t i = 0; i < n; i += CK_RANDOM_BLOCK, block++) {
    const v16_random r = v16_philox(key, block);
    v16 v[4];
    box_muller(r.word[0], r.word[1], &v[0], &v[1]);
    box_muller(r.word[2], r.word[3], &v[2], &v[3]);
    CK_UNROLL for (int w = 0; w < 4; w++) v[w] = v16_fma(v[w], v16_splat(deviation), v16_splat(mean));
    random_store(v, n - i, out + i);
  }
}

// Numbers `first` + i of the stream decide on elements i.
static void dropout(ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t n, const float *x, float *y) {
  const v16 scale = v16_splat(1.0f / (1.0f - rate));
  uint64_t block = (uint64_t)(first / CK_RANDOM_BLOCK);
  ptrdiff_t i = -(first % CK_RANDOM_BLOCK);
  if (i < 0) { // a block that begins before x
    float kept[CK_RANDOM_BLOCK];
    random_uniform(key, block++, 0.0f, 1.0f, CK_RANDOM_BLOCK, kept);
    for (ptrdiff_t j = 0; j < n && j < CK_RANDOM_BLOCK + i; j++)
      y[j] = x[j] * (kept[j - i] >= rate ? scale.x : 0.0f);
    i += CK_RANDOM_BLOCK;
  }
  for (; i < n; i += CK_RANDOM_BLOCK, block++) {
    const v16_random r = v16_philox(key, block);
    for (int w = 0; w < 4 && i + w * CK_LANES < n; w++) {
      const ptrdiff_t at = i + w * CK_LANES, lanes = ck_lanes_left(n, at);
      const v16 kept = v16_select(v16_uniform(r.word[w]) >= rate, scale, v16_splat(0.0f));
      v16_store_first(y + at, v16_load_first(x + at, lanes) * kept, lanes);
    }
  }
}

// The same for whole planes: number `first` + i of the stream decides on plane i.
static void dropout_planes(ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t planes, ptrdiff_t plane,
                           const float *x, float *y) {
  const float scale = 1.0f / (1.0f - rate);
  float uniform[CK_RANDOM_BLOCK];
  for (ptrdiff_t p = first; p < first + planes; p++, x += plane, y += plane) {
    if (p == first || p % CK_RANDOM_BLOCK == 0)
      random_uniform(key, (uint64_t)(p / CK_RANDOM_BLOCK), 0.0f, 1.0f, CK_RANDOM_BLOCK, uniform);
    const v16 kept = v16_splat(uniform[p % CK_RANDOM_BLOCK] >= rate ? scale : 0.0f);
    for (ptrdiff_t i = 0; i < plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(plane, i);
      v16_store_first(y + i, v16_load_first(x + i, lanes) * kept, lanes);
    }
  }
}
