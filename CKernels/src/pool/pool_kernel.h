// Pooling of single planes.
#include "ck_pool.h"
#include "pool/window.h"

#define PAIRS_FIRST(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define PAIRS_SECOND(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define DOUBLED_LOW(a) __builtin_shufflevector(a, a, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7)
#define DOUBLED_HIGH(a) __builtin_shufflevector(a, a, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15)

// What everybody uses: 2 x 2 windows side by side, no padding.
CK_INLINE bool pool_is_2x2(const ck_pool2d *p) {
  return p->window_height == 2 && p->window_width == 2 && p->stride_height == 2 && p->stride_width == 2 &&
         p->pad_height == 0 && p->pad_width == 0;
}

// The first 32 floats, of which `n` exist: the even ones and the odd ones.
CK_INLINE void load_pairs(const float *p, ptrdiff_t n, v16 *first, v16 *second) {
  const v16 a = v16_load_first(p, n < CK_LANES ? n : CK_LANES);
  const v16 b = n > CK_LANES ? v16_load_first(p + CK_LANES, n - CK_LANES) : v16_splat(0.0f);
  *first = PAIRS_FIRST(a, b);
  *second = PAIRS_SECOND(a, b);
}

static void max_pool_2x2_forward(const ck_pool2d *p, const float *x, float *y, uint8_t *argmax) {
  const ptrdiff_t rows = p->height / 2, columns = p->width / 2;
  for (ptrdiff_t oy = 0; oy < rows; oy++, y += columns, argmax += columns) {
    const float *top = x + 2 * oy * p->width, *bottom = top + p->width;
    for (ptrdiff_t ox = 0; ox < columns; ox += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, ox);
      v16 best, v01, v10, v11;
      load_pairs(top + 2 * ox, 2 * lanes, &best, &v01);
      load_pairs(bottom + 2 * ox, 2 * lanes, &v10, &v11);
      v16i where = 0;
      v16_take_larger(v01, 1, &best, &where);
      v16_take_larger(v10, 2, &best, &where);
      v16_take_larger(v11, 3, &best, &where);
      const v16b bytes = __builtin_convertvector(where, v16b);
      v16_store_first(y + ox, best, lanes);
      if (lanes == CK_LANES)
        *(v16b_unaligned *)(argmax + ox) = bytes;
      else
        memcpy(argmax + ox, &bytes, (size_t)lanes);
    }
  }
}

static void max_pool_2x2_backward(const ck_pool2d *p, const float *dy, const uint8_t *argmax, float *dx) {
  const ptrdiff_t rows = p->height / 2, columns = p->width / 2;
  const v16i odd = v16i_iota() & 1;
  for (ptrdiff_t oy = 0; oy < rows; oy++, dy += columns, argmax += columns) {
    for (ptrdiff_t ox = 0; ox < columns; ox += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(columns, ox);
      const v16 d = v16_load_first(dy + ox, lanes);
      v16b bytes = 0;
      memcpy(&bytes, argmax + ox, (size_t)lanes);
      const v16i where = __builtin_convertvector(bytes, v16i);
      for (int32_t ky = 0; ky < 2; ky++) {
        float *to = dx + (2 * oy + ky) * p->width + 2 * ox;
        const v16i place = 2 * ky + odd;
        const v16 low = v16_select(DOUBLED_LOW(where) == place, DOUBLED_LOW(d), v16_splat(0.0f));
        const v16 high = v16_select(DOUBLED_HIGH(where) == place, DOUBLED_HIGH(d), v16_splat(0.0f));
        v16_store_first(to, low, lanes < 8 ? 2 * lanes : CK_LANES);
        if (lanes > 8)
          v16_store_first(to + CK_LANES, high, 2 * lanes - CK_LANES);
      }
    }
    if (p->width & 1) {
      dx[2 * oy * p->width + p->width - 1] = 0.0f;
      dx[(2 * oy + 1) * p->width + p->width - 1] = 0.0f;
    }
  }
  if (p->height & 1)
    memset(dx + (p->height - 1) * p->width, 0, (size_t)p->width * sizeof(float));
}

// Windows of up to 256 elements have places of one byte, larger ones of four.
CK_INLINE void store_place(uint8_t *places, ptrdiff_t i, ptrdiff_t bytes, ptrdiff_t place) {
  const uint32_t wide = (uint32_t)place;
  if (bytes == 1)
    places[i] = (uint8_t)place;
  else
    memcpy(places + i * (ptrdiff_t)sizeof wide, &wide, sizeof wide);
}
CK_INLINE ptrdiff_t load_place(const uint8_t *places, ptrdiff_t i, ptrdiff_t bytes) {
  uint32_t wide;
  if (bytes == 1)
    return places[i];
  memcpy(&wide, places + i * (ptrdiff_t)sizeof wide, sizeof wide);
  return wide;
}

static void max_pool_plane_forward(const ck_pool2d *p, const float *x, float *y, uint8_t *argmax) {
  const ptrdiff_t rows = ck_pool2d_out_height(p), columns = ck_pool2d_out_width(p), bytes = ck_pool2d_index_bytes(p);
  for (ptrdiff_t oy = 0, i = 0; oy < rows; oy++) {
    const window_span v = span_at(oy, p->stride_height, p->pad_height, p->window_height, p->height);
    for (ptrdiff_t ox = 0; ox < columns; ox++, i++) {
      const window_span h = span_at(ox, p->stride_width, p->pad_width, p->window_width, p->width);
      ptrdiff_t where = v.first * p->window_width + h.first;
      float best = x[(v.start + v.first) * p->width + h.start + h.first];
      for (ptrdiff_t ky = v.first; ky < v.end; ky++) {
        for (ptrdiff_t kx = h.first; kx < h.end; kx++) {
          const float value = x[(v.start + ky) * p->width + h.start + kx];
          if (value > best || value != value) {
            best = value;
            where = ky * p->window_width + kx;
          }
        }
      }
      y[i] = best;
      store_place(argmax, i, bytes, where);
    }
  }
}

// A place that no forward pass gives, outside the plane, is left out.
static void max_pool_plane_backward(const ck_pool2d *p, const float *dy, const uint8_t *argmax, float *dx) {
  const ptrdiff_t rows = ck_pool2d_out_height(p), columns = ck_pool2d_out_width(p), bytes = ck_pool2d_index_bytes(p);
  memset(dx, 0, (size_t)(p->height * p->width) * sizeof(float));
  for (ptrdiff_t oy = 0, i = 0; oy < rows; oy++) {
    for (ptrdiff_t ox = 0; ox < columns; ox++, i++) {
      const ptrdiff_t where = load_place(argmax, i, bytes);
      const ptrdiff_t iy = oy * p->stride_height - p->pad_height + where / p->window_width;
      const ptrdiff_t ix = ox * p->stride_width - p->pad_width + where % p->window_width;
      if (0 <= iy && iy < p->height && 0 <= ix && ix < p->width)
        dx[iy * p->width + ix] += dy[i];
    }
  }
}

static void max_pool_forward(const ck_pool2d *p, ptrdiff_t planes, const float *x, float *y, uint8_t *argmax) {
  const ptrdiff_t from = p->height * p->width, to = ck_pool2d_out_height(p) * ck_pool2d_out_width(p);
  const ptrdiff_t bytes = ck_pool2d_index_bytes(p);
  for (ptrdiff_t i = 0; i < planes; i++)
    (pool_is_2x2(p) ? max_pool_2x2_forward : max_pool_plane_forward)(p, x + i * from, y + i * to,
                                                                     argmax + i * to * bytes);
}

static void max_pool_backward(const ck_pool2d *p, ptrdiff_t planes, const float *dy, const uint8_t *argmax, float *dx) {
  const ptrdiff_t from = p->height * p->width, to = ck_pool2d_out_height(p) * ck_pool2d_out_width(p);
  const ptrdiff_t bytes = ck_pool2d_index_bytes(p);
  for (ptrdiff_t i = 0; i < planes; i++)
    (pool_is_2x2(p) ? max_pool_2x2_backward : max_pool_plane_backward)(p, dy + i * to, argmax + i * to * bytes,
                                                                       dx + i * from);
}

static void average_pool_forward(const ck_pool2d *p, ptrdiff_t planes, const float *x, float *y) {
  const ptrdiff_t rows = ck_pool2d_out_height(p), columns = ck_pool2d_out_width(p);
  const float area = (float)(p->window_height * p->window_width);
  const bool small = p->window_height * p->window_width <= SMALL_WINDOW;
  for (ptrdiff_t i = 0; i < planes; i++, x += p->height * p->width) {
    for (ptrdiff_t oy = 0; oy < rows; oy++) {
      const window_span v = span_at(oy, p->stride_height, p->pad_height, p->window_height, p->height);
      for (ptrdiff_t ox = 0; ox < columns; ox++) {
        const window_span h = span_at(ox, p->stride_width, p->pad_width, p->window_width, p->width);
        const float *first = x + (v.start + v.first) * p->width + h.start + h.first;
        *y++ = (small ? small_window_sum : window_sum)(v.end - v.first, h.end - h.first, first, p->width) / area;
      }
    }
  }
}

static void average_pool_backward(const ck_pool2d *p, ptrdiff_t planes, const float *dy, float *dx) {
  const ptrdiff_t rows = ck_pool2d_out_height(p), columns = ck_pool2d_out_width(p);
  const float area = (float)(p->window_height * p->window_width);
  memset(dx, 0, (size_t)(planes * p->height * p->width) * sizeof(float));
  for (ptrdiff_t i = 0; i < planes; i++, dx += p->height * p->width) {
    for (ptrdiff_t oy = 0; oy < rows; oy++) {
      const window_span v = span_at(oy, p->stride_height, p->pad_height, p->window_height, p->height);
      for (ptrdiff_t ox = 0; ox < columns; ox++) {
        const window_span h = span_at(ox, p->stride_width, p->pad_width, p->window_width, p->width);
        const float share = *dy++ / area;
        for (ptrdiff_t ky = v.first; ky < v.end; ky++)
          for (ptrdiff_t kx = h.first; kx < h.end; kx++)
            dx[(v.start + ky) * p->width + h.start + kx] += share;
      }
    }
  }
}
