// The transforms of Winograd's minimal filtering, F(2 x 2, 3 x 3): see conv/winograd.c. Sixteen channels or filters in
// the lanes; each sum has one order, so that all instruction sets compute the same bits.
#include "conv/winograd_input_kernel.h"

// One direction of each: of three taps, and of four products.
CK_INLINE void winograd_taps(const v16 g[3], v16 out[4]) {
  const v16 outer = g[0] + g[2];
  out[0] = g[0];
  out[1] = (outer + g[1]) * 0.5f;
  out[2] = (outer - g[1]) * 0.5f;
  out[3] = g[2];
}
CK_INLINE void winograd_sums(const v16 m[4], v16 out[2]) {
  out[0] = m[0] + (m[1] + m[2]);
  out[1] = (m[1] - m[2]) - m[3];
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
