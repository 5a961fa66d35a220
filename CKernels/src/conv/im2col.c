// im2col and col2im as the book writes them: one row of the matrix for each output pixel.
#include "ck_conv.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include <string.h>

enum { COLUMN_GRAIN = 16384 };

// Where the window of one output pixel starts in the image, which may be outside.
typedef struct {
  ptrdiff_t top, left;
} window_start;

static window_start window_at(const ck_conv2d *c, ptrdiff_t pixel) {
  const ptrdiff_t out_width = ck_conv2d_out_width(c);
  return (window_start){pixel / out_width * c->stride_height - c->pad_height,
                        pixel % out_width * c->stride_width - c->pad_width};
}

void ck_im2col(const ck_context *context, const ck_conv2d *c, const float *x, float *columns) {
  const ptrdiff_t pixels = ck_conv2d_out_height(c) * ck_conv2d_out_width(c), plane = c->height * c->width;
  const ptrdiff_t depth = c->channels * c->kernel_height * c->kernel_width;
  const int team = ck_team(context, c->batch * pixels * depth, COLUMN_GRAIN);
  CK_PARALLEL(team, c->batch * pixels, 1, share) {
    float *to = columns + share.first * depth;
    for (ptrdiff_t row = share.first; row < share.first + share.count; row++) {
      const float *image = x + row / pixels * c->channels * plane;
      const window_start at = window_at(c, row % pixels);
      for (ptrdiff_t channel = 0; channel < c->channels; channel++) {
        for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
          const ptrdiff_t y = at.top + ky * c->dilation_height;
          for (ptrdiff_t kx = 0; kx < c->kernel_width; kx++) {
            const ptrdiff_t column = at.left + kx * c->dilation_width;
            const bool inside = y >= 0 && y < c->height && column >= 0 && column < c->width;
            *to++ = inside ? image[channel * plane + y * c->width + column] : 0.0f;
          }
        }
      }
    }
  }
}

void ck_col2im(const ck_context *context, const ck_conv2d *c, const float *columns, float *x) {
  const ptrdiff_t pixels = ck_conv2d_out_height(c) * ck_conv2d_out_width(c), plane = c->height * c->width;
  const ptrdiff_t depth = c->channels * c->kernel_height * c->kernel_width;
  const int team = ck_team(context, c->batch * pixels * depth, COLUMN_GRAIN);
  CK_PARALLEL(team, c->batch, 1, share) { // windows overlap, so that one thread adds up a whole image
    memset(x + share.first * c->channels * plane, 0, (size_t)(share.count * c->channels * plane) * sizeof(float));
    const float *from = columns + share.first * pixels * depth;
    for (ptrdiff_t row = share.first * pixels; row < (share.first + share.count) * pixels; row++) {
      float *image = x + row / pixels * c->channels * plane;
      const window_start at = window_at(c, row % pixels);
      for (ptrdiff_t channel = 0; channel < c->channels; channel++) {
        for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
          const ptrdiff_t y = at.top + ky * c->dilation_height;
          for (ptrdiff_t kx = 0; kx < c->kernel_width; kx++, from++) {
            const ptrdiff_t column = at.left + kx * c->dilation_width;
            if (y >= 0 && y < c->height && column >= 0 && column < c->width)
              image[channel * plane + y * c->width + column] += *from;
          }
        }
      }
    }
  }
}
