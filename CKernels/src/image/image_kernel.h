// Bytes to floats, straight or through an affine map, and floats to standard ones.
#include "ck_image.h"
#include "simd/v16_math.h"

CK_INLINE v16 image_floats(const uint8_t *bytes) {
  return __builtin_convertvector(*(const v16b_unaligned *)bytes, v16);
}

static void image_gather(ptrdiff_t pixels, const uint8_t *image, float scale, float offset, float *out) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= pixels; i += CK_LANES)
    v16_store(out + i, v16_fma(image_floats(image + i), v16_splat(scale), v16_splat(offset)));
  if (i < pixels) {
    uint8_t rest[CK_LANES] = {0};
    memcpy(rest, image + i, (size_t)(pixels - i));
    v16_store_n(out + i, v16_fma(image_floats(rest), v16_splat(scale), v16_splat(offset)), pixels - i);
  }
}

// A row of n pixels from `from` on, to the right or to the left.
CK_INLINE void image_row(ptrdiff_t n, const uint8_t *from, bool is_flipped, v16 scale, v16 offset, float *out) {
  ptrdiff_t i = 0;
  for (; i + CK_LANES <= n; i += CK_LANES) {
    v16b bytes = *(const v16b_unaligned *)(is_flipped ? from - i - (CK_LANES - 1) : from + i);
    if (is_flipped)
      bytes = __builtin_shufflevector(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    v16_store(out + i, v16_fma(__builtin_convertvector(bytes, v16), scale, offset));
  }
  if (i < n) {
    uint8_t rest[CK_LANES] = {0};
    for (ptrdiff_t j = i; j < n; j++)
      rest[j - i] = is_flipped ? *(from - j) : from[j];
    v16_store_n(out + i, v16_fma(image_floats(rest), scale, offset), n - i);
  }
}

CK_INLINE void image_fill(ptrdiff_t n, v16 value, float *out) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES)
    v16_store_first(out + i, value, ck_lanes_left(n, i));
}

// The pixel of 0 ... size - 1 that stands at `place` where a row or a column goes on beyond its ends.
CK_INLINE ptrdiff_t image_place(ptrdiff_t place, ptrdiff_t size, ck_image_padding padding) {
  if (padding == CK_PADDING_REFLECT)
    place = place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place;
  if (padding == CK_PADDING_SYMMETRIC)
    place = place < 0 ? -1 - place : place >= size ? 2 * size - 1 - place : place;
  return place < 0 ? 0 : place < size ? place : size - 1;
}

// The n pixels of a row of out from the column `first` on, which come from beyond the ends of a row of the image.
CK_INLINE void image_border(ptrdiff_t first, ptrdiff_t n, ptrdiff_t width, const uint8_t *row, ck_image_shift shift,
                            ck_image_padding padding, v16 scale, v16 offset, float *out) {
  for (ptrdiff_t i = 0; i < n; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(n, i);
    uint8_t bytes[CK_LANES] = {0};
    for (ptrdiff_t j = 0; j < lanes; j++) {
      const ptrdiff_t column = first + i + j;
      bytes[j] = row[image_place((shift.is_flipped ? width - 1 - column : column) + shift.x, width, padding)];
    }
    v16_store_first(out + first + i, v16_fma(image_floats(bytes), scale, offset), lanes);
  }
}

static void image_move(ptrdiff_t height, ptrdiff_t width, const uint8_t *image, ck_image_shift shift,
                       ck_image_padding padding, float scale, float offset, float *out) {
  const v16 scales = v16_splat(scale), offsets = v16_splat(offset), black = v16_fma(v16_splat(0.0f), scales, offsets);
  // Of each row of out, the columns from `first` on, `inside` of them, come from inside the image.
  const ptrdiff_t start = shift.is_flipped ? shift.x : -(ptrdiff_t)shift.x;
  const ptrdiff_t first = start < 0 ? 0 : start < width ? start : width;
  const ptrdiff_t end = start > 0 ? width : start + width > 0 ? start + width : 0;
  const ptrdiff_t inside = end > first ? end - first : 0;
  for (ptrdiff_t y = 0; y < height; y++, out += width) {
    const bool is_padded = padding != CK_PADDING_CONSTANT;
    const ptrdiff_t row = is_padded ? image_place(y + (ptrdiff_t)shift.y, height, padding) : y + (ptrdiff_t)shift.y;
    if (row < 0 || row >= height) {
      image_fill(width, black, out);
      continue;
    }
    const uint8_t *from = image + row * width;
    if (is_padded) {
      image_border(0, first, width, from, shift, padding, scales, offsets, out);
      image_border(first + inside, width - first - inside, width, from, shift, padding, scales, offsets, out);
    } else {
      image_fill(first, black, out);
      image_fill(width - first - inside, black, out + first + inside);
    }
    const ptrdiff_t column = shift.is_flipped ? width - 1 - first + shift.x : first + shift.x;
    if (inside > 0)
      image_row(inside, from + column, shift.is_flipped, scales, offsets, out + first);
  }
}

// Takes the byte at each (x, y), and 0 beyond the edge.
CK_INLINE v16 image_sample(ptrdiff_t height, ptrdiff_t width, const uint8_t *image, v16i x, v16i y) {
  v16 v;
  CK_UNROLL for (int i = 0; i < CK_LANES; i++) {
    const bool inside = x[i] >= 0 && x[i] < width && y[i] >= 0 && y[i] < height;
    v[i] = inside ? (float)image[y[i] * width + x[i]] : 0.0f;
  }
  return v;
}

CK_INLINE v16 image_floor(v16 v) {
  const v16 rounded = v16_round(v);
  return v16_select(rounded > v, rounded - 1.0f, rounded);
}

static void image_warp(ptrdiff_t height, ptrdiff_t width, const uint8_t *image, ck_affine_map map, float scale,
                       float offset, float *out) {
  const v16 columns = v16_from_int(v16i_iota());
  // Far outside is as good as just outside, and keeps the coordinates small integers.
  const v16 left = v16_splat(-2.0f), right = v16_splat((float)width + 1.0f), bottom = v16_splat((float)height + 1.0f);
  for (ptrdiff_t row = 0; row < height; row++) {
    for (ptrdiff_t column = 0; column < width; column += CK_LANES) {
      const v16 x = columns + (float)column, y = v16_splat((float)row);
      v16 sx = v16_fma(v16_splat(map.xx), x, v16_fma(v16_splat(map.xy), y, v16_splat(map.x0)));
      v16 sy = v16_fma(v16_splat(map.yx), x, v16_fma(v16_splat(map.yy), y, v16_splat(map.y0)));
      sx = v16_min(right, v16_max(left, sx));
      sy = v16_min(bottom, v16_max(left, sy));
      const v16 x0 = image_floor(sx), y0 = image_floor(sy);
      const v16 fx = sx - x0, fy = sy - y0;
      const v16i ix = v16_to_int(x0), iy = v16_to_int(y0);
      const v16 a = image_sample(height, width, image, ix, iy), b = image_sample(height, width, image, ix + 1, iy);
      const v16 c = image_sample(height, width, image, ix, iy + 1);
      const v16 d = image_sample(height, width, image, ix + 1, iy + 1);
      const v16 top = v16_fma(fx, b - a, a), low = v16_fma(fx, d - c, c);
      const v16 value = v16_fma(fy, low - top, top);
      v16_store_first(out + row * width + column, v16_fma(value, v16_splat(scale), v16_splat(offset)),
                      ck_lanes_left(width, column));
    }
  }
}

static void standardize(ptrdiff_t channels, ptrdiff_t plane, const float *mean, const float *deviation, float *x) {
  if (plane == 1) { // a row of a table: neighbours are columns
    for (ptrdiff_t c = 0; c < channels; c += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(channels, c);
      const v16 centred = v16_load_first(x + c, lanes) - v16_load_first(mean + c, lanes);
      v16_store_first(x + c, centred / v16_load_first(deviation + c, lanes), lanes);
    }
    return;
  }
  for (ptrdiff_t c = 0; c < channels; c++, x += plane)
    for (ptrdiff_t i = 0; i < plane; i += CK_LANES) {
      const ptrdiff_t lanes = ck_lanes_left(plane, i);
      v16_store_first(x + i, (v16_load_first(x + i, lanes) - mean[c]) / deviation[c], lanes);
    }
}
