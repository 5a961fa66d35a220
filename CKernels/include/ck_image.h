// Turns stored samples into training batches.
#ifndef CK_IMAGE_H
#define CK_IMAGE_H

#include "ck_context.h"

// out[i][c][p] = images[index[i]][c][p] * scale[c] + offset[c] for i < count, c < channels, p < plane.
void ck_image_gather(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t plane,
                     const uint8_t *images, const int32_t *index, const float *scale, const float *offset, float *out);

// Where an output pixel comes from: x' = xx * x + xy * y + x0, y' = yx * x + yy * y + y0, in pixels.
typedef struct ck_affine_map {
  float xx, xy, x0, yx, yy, y0;
} ck_affine_map;

// How an image is moved: out(x, y) is the pixel at ((is_flipped ? width - 1 - x : x) + this.x, y + this.y).
typedef struct ck_image_shift {
  int32_t x, y, is_flipped;
} ck_image_shift;

// What lies beyond the edge of an image that is moved, as NumPy's and torchvision's padding modes have it.
typedef enum ck_image_padding {
  CK_PADDING_CONSTANT, // byte 0
  CK_PADDING_EDGE,     // the nearest pixel
  CK_PADDING_REFLECT,  // the image in a mirror that stands on the outermost pixels, which are not repeated
  CK_PADDING_SYMMETRIC // the image in a mirror that stands beside them
} ck_image_padding;

// A rectangle of pixels, which may reach beyond the image.
typedef struct ck_image_patch {
  int32_t x, y, width, height;
} ck_image_patch;

// As ck_image_gather for images of channels x height x width, each moved by whole pixels (`count` shifts). A mirror
// reaches as far as the image is wide or high; beyond that lies the farthest pixel in it. Where `patches` is not NULL,
// out becomes 0 in each image's own one.
void ck_image_move(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                   const uint8_t *images, const int32_t *index, const ck_image_shift *shifts, ck_image_padding padding,
                   const ck_image_patch *patches, const float *scale, const float *offset, float *out);

// The same, each image resampled bilinearly through its own map (`count` of them); beyond the edge lies byte 0.
void ck_image_warp(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                   const uint8_t *images, const int32_t *index, const ck_affine_map *maps,
                   const ck_image_patch *patches, const float *scale, const float *offset, float *out);

// x[i][c][p] = (x[i][c][p] - mean[c]) / deviation[c] for i < count, c < channels, p < plane: what is not stored as
// bytes, such as the columns of a table, whose planes are single numbers.
void ck_standardize(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t plane, const float *mean,
                    const float *deviation, float *x);

#endif
