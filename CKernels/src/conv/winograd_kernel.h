// The transforms of Winograd's minimal filtering, F(2 x 2, 3 x 3): see conv/winograd.c. Sixteen channels or filters in
// the lanes; each sum has one order, so that all instruction sets compute the same bits.
#include "conv/winograd_input_kernel.h"

// One direction of each: of three taps, of four products, and of their gradients.
CK_INLINE void winograd_taps(const v16 g[3], v16 out[4]) {
  const v16 outer = g[0] + g[2];
  out[0] = g[0];
  out[1] = (outer + g[1]) * 0.5f;
  out[2] = (outer - g[1]) * 0.5f;
  out[3] = g[2];
}
CK_INLINE void winograd_taps_gradient(const v16 m[4], v16 out[3]) {
  const v16 sum = (m[1] + m[2]) * 0.5f;
  out[0] = m[0] + sum;
  out[1] = (m[1] - m[2]) * 0.5f;
  out[2] = sum + m[3];
}
CK_INLINE void winograd_sums(const v16 m[4], v16 out[2]) {
  out[0] = m[0] + (m[1] + m[2]);
  out[1] = (m[1] - m[2]) - m[3];
}
CK_INLINE void winograd_sums_gradient(const v16 d[2], v16 out[4]) {
  out[0] = d[0];
  out[1] = d[0] + d[1];
  out[2] = d[0] - d[1];
  out[3] = -d[1];
}

// The weights of sixteen outputs and one k: `taps` has nine rows of sixteen, first to last or, `rotated`, last to
// first.
static void winograd_weights(const float *restrict taps, bool rotated, float *restrict to, ptrdiff_t to_point) {
  const float *first = rotated ? taps + 8 * CK_LANES : taps;
  const ptrdiff_t next = rotated ? -CK_LANES : CK_LANES;
  v16 half[4][3];
  CK_UNROLL for (int x = 0; x < 3; x++) {
    const v16 column[3] = {v16_load(first + x * next), v16_load(first + (3 + x) * next),
                           v16_load(first + (6 + x) * next)};
    v16 out[4];
    winograd_taps(column, out);
    CK_UNROLL for (int y = 0; y < 4; y++) half[y][x] = out[y];
  }
  CK_UNROLL for (int y = 0; y < 4; y++) {
    v16 out[4];
    winograd_taps(half[y], out);
    CK_UNROLL for (int x = 0; x < 4; x++) v16_store(to + (4 * y + x) * to_point, out[x]);
  }
}

// The way back: 2 x 2 pixels from the products of each of `count` windows; `high` rows of them, and `wide` pixels in
// each row, are wanted.
static void winograd_output(ptrdiff_t high, ptrdiff_t wide, ptrdiff_t lanes, const float *restrict from,
                            ptrdiff_t from_point, float *restrict to, ptrdiff_t to_row) {
  for (ptrdiff_t s = 0; s < lanes; s += CK_LANES) {
    for (ptrdiff_t x = 0; x < wide; x += 2) {
      const float *point = from + x / 2 * lanes + s;
      v16 half[2][4];
      CK_UNROLL for (int i = 0; i < 4; i++) {
        const v16 m[4] = {v16_load(point + i * from_point), v16_load(point + (4 + i) * from_point),
                          v16_load(point + (8 + i) * from_point), v16_load(point + (12 + i) * from_point)};
        v16 out[2];
        winograd_sums(m, out);
        half[0][i] = out[0];
        half[1][i] = out[1];
      }
      CK_UNROLL for (int y = 0; y < 2; y++) {
        v16 out[2];
        winograd_sums(half[y], out);
        float *pixel = to + y * to_row + x * lanes + s;
        if (y < high) {
          v16_store(pixel, out[0]);
          if (x + 1 < wide)
            v16_store(pixel + lanes, out[1]);
        }
      }
    }
  }
}

// The gradients of the products of each window from those of its 2 x 2 pixels; `high` rows of them, and `wide` pixels
// in each row, are there, the others count as zero.
static void winograd_gradient(ptrdiff_t high, ptrdiff_t wide, ptrdiff_t lanes, const float *restrict from,
                              ptrdiff_t from_row, float *restrict to, ptrdiff_t to_point) {
  const v16 zero = v16_splat(0.0f);
  for (ptrdiff_t s = 0; s < lanes; s += CK_LANES) {
    for (ptrdiff_t x = 0; x < wide; x += 2) {
      const float *pixel = from + x * lanes + s;
      float *point = to + x / 2 * lanes + s;
      const bool second = x + 1 < wide, below = high > 1;
      const v16 left[2] = {v16_load(pixel), below ? v16_load(pixel + from_row) : zero};
      const v16 right[2] = {second ? v16_load(pixel + lanes) : zero,
                            second && below ? v16_load(pixel + from_row + lanes) : zero};
      v16 half[2][4];
      winograd_sums_gradient(left, half[0]);
      winograd_sums_gradient(right, half[1]);
      CK_UNROLL for (int y = 0; y < 4; y++) {
        const v16 row[2] = {half[0][y], half[1][y]};
        v16 out[4];
        winograd_sums_gradient(row, out);
        CK_UNROLL for (int i = 0; i < 4; i++) v16_store(point + (4 * y + i) * to_point, out[i]);
      }
    }
  }
}

// The gradient of the nine taps of sixteen filters and one channel, a row of sixteen each, from their sums of products.
static void winograd_weights_gradient(const float *restrict from, ptrdiff_t from_point, float *restrict taps) {
  v16 half[3][4];
  CK_UNROLL for (int x = 0; x < 4; x++) {
    const v16 column[4] = {v16_load(from + x * from_point), v16_load(from + (4 + x) * from_point),
                           v16_load(from + (8 + x) * from_point), v16_load(from + (12 + x) * from_point)};
    v16 out[3];
    winograd_taps_gradient(column, out);
    CK_UNROLL for (int y = 0; y < 3; y++) half[y][x] = out[y];
  }
  CK_UNROLL for (int y = 0; y < 3; y++) {
    v16 out[3];
    winograd_taps_gradient(half[y], out);
    CK_UNROLL for (int x = 0; x < 3; x++) v16_store(taps + (3 * y + x) * CK_LANES, out[x]);
  }
}
