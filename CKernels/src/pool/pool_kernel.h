// Pooling of single planes.
#include "pool/pool_2x2_kernel.h"
#include "pool/window.h"

CK_INLINE bool pool_is_2x2(const ck_pool2d *p) {
  return p->window_height == 2 && p->window_width == 2 && p->stride_height == 2 && p->stride_width == 2 &&
         p->pad_height == 0 && p->pad_width == 0;
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
