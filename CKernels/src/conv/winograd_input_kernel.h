// Winograd's windows on their way to the 16 points, see conv/winograd.c: sixteen channels in the lanes. For tiles of
// bf16 they are rounded there, and neighbouring channels share a pair.
#include "simd/v16.h"

#if defined(CK_TILE_BF16)
enum { WINOGRAD_VNNI_FACTOR = 2 };
CK_INLINE void winograd_store(float *pairs, v16 v) {
  _mm256_storeu_si256((__m256i_u *)pairs, (__m256i)_mm512_cvtneps_pbh((__m512)v));
}
#else
enum { WINOGRAD_VNNI_FACTOR = 1 };
CK_INLINE void winograd_store(float *pairs, v16 v) { v16_store(pairs, v); }
#endif

// One direction.
CK_INLINE void winograd_transform(const v16 d[4], v16 out[4]) {
  out[0] = d[0] - d[2];
  out[1] = d[1] + d[2];
  out[2] = d[2] - d[1];
  out[3] = d[1] - d[3];
}

// A column of four pixels, transformed.
CK_INLINE void winograd_column(const float *from, ptrdiff_t from_row, v16 out[4]) {
  const v16 d[4] = {v16_load(from), v16_load(from + from_row), v16_load(from + 2 * from_row),
                    v16_load(from + 3 * from_row)};
  winograd_transform(d, out);
}

// `count` windows of 4 x 4 pixels, two pixels apart in one row, of `lanes` channels: window t's channels at transform
// point p start at to[p * to_point + t * lanes], in elements. Neighbours share two columns.
static void winograd_input(ptrdiff_t count, ptrdiff_t lanes, const float *restrict from, ptrdiff_t from_row,
                           ptrdiff_t from_pixel, float *restrict to, ptrdiff_t to_point) {
  for (ptrdiff_t s = 0; s < lanes; s += CK_LANES) {
    const float *at = from + s;
    v16 column[4][4]; // [x][y]
    winograd_column(at, from_row, column[0]);
    winograd_column(at + from_pixel, from_row, column[1]);
    for (ptrdiff_t t = 0; t < count; t++, at += 2 * from_pixel) {
      winograd_column(at + 2 * from_pixel, from_row, column[2]);
      winograd_column(at + 3 * from_pixel, from_row, column[3]);
      float *point = to + (t * lanes + s) / WINOGRAD_VNNI_FACTOR;
      CK_UNROLL for (int y = 0; y < 4; y++) {
        const v16 row[4] = {column[0][y], column[1][y], column[2][y], column[3][y]};
        v16 out[4];
        winograd_transform(row, out);
        CK_UNROLL for (int x = 0; x < 4; x++) winograd_store(point + (4 * y + x) * to_point, out[x]);
      }
      CK_UNROLL for (int y = 0; y < 4; y++) {
        column[0][y] = column[2][y];
        column[1][y] = column[3][y];
      }
    }
  }
}
