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
