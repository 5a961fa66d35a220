// Average pooling to a given size.
#include "ck_pool.h"
#include "pool/window.h"

// Where the window of output i of `outputs` starts and ends.
CK_INLINE window_span adaptive_span(ptrdiff_t i, ptrdiff_t outputs, ptrdiff_t size) {
  const ptrdiff_t start = i * size / outputs;
  return (window_span){start, 0, ((i + 1) * size + outputs - 1) / outputs - start};
}

static void adaptive_average_pool_forward(const ck_adaptive_pool2d *p, ptrdiff_t planes, const float *x, float *y) {
  const ptrdiff_t plane = p->height * p->width;
  for (ptrdiff_t i = 0; i < planes; i++, x += plane) {
    for (ptrdiff_t oy = 0; oy < p->out_height; oy++) {
      const window_span v = adaptive_span(oy, p->out_height, p->height);
      for (ptrdiff_t ox = 0; ox < p->out_width; ox++) {
        const window_span h = adaptive_span(ox, p->out_width, p->width);
        const float *first = x + v.start * p->width + h.start;
        const bool whole = h.end == p->width; // rows without gaps
        const float sum = whole ? window_sum(1, v.end * h.end, first, 0) : window_sum(v.end, h.end, first, p->width);
        *y++ = sum / (float)(v.end * h.end);
      }
    }
  }
}

static void adaptive_average_pool_backward(const ck_adaptive_pool2d *p, ptrdiff_t planes, const float *dy, float *dx) {
  const ptrdiff_t plane = p->height * p->width;
  for (ptrdiff_t i = 0; i < planes; i++, dx += plane) {
    memset(dx, 0, (size_t)plane * sizeof(float));
    for (ptrdiff_t oy = 0; oy < p->out_height; oy++) {
      const window_span v = adaptive_span(oy, p->out_height, p->height);
      for (ptrdiff_t ox = 0; ox < p->out_width; ox++) {
        const window_span h = adaptive_span(ox, p->out_width, p->width);
        const float share = *dy++ / (float)(v.end * h.end);
        float *first = dx + v.start * p->width + h.start;
        for (ptrdiff_t ky = 0; ky < v.end; ky++)
          for (ptrdiff_t kx = 0; kx < h.end; kx++)
            first[ky * p->width + kx] += share;
      }
    }
  }
}
