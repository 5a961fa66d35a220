// Batches of samples: each sample of the batch is one piece of work.
#include "ck_image.h"
#include "cpu/parallel.h"
#include "cpu/workspace.h"
#include "dispatch/kernel_set.h"

enum { GATHER_GRAIN = 32768, WARP_GRAIN = 1024 }; // pixels that are worth another thread

void ck_image_gather(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t plane,
                     const uint8_t *images, const int32_t *index, const float *scale, const float *offset, float *out) {
  CK_PARALLEL(ck_team(context, count * channels * plane, GATHER_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      for (ptrdiff_t c = 0; c < channels; c++)
        context->kernels->image_gather(plane, images + (index[i] * channels + c) * plane, scale[c], offset[c],
                                       out + (i * channels + c) * plane);
  }
}

// Makes the pixels of a patch 0, as far as it lies inside.
static void erase(ptrdiff_t height, ptrdiff_t width, ck_image_patch patch, float *out) {
  const ptrdiff_t left = ck_max(patch.x, 0), right = ck_min((ptrdiff_t)patch.x + patch.width, width);
  const ptrdiff_t top = ck_max(patch.y, 0), bottom = ck_min((ptrdiff_t)patch.y + patch.height, height);
  for (ptrdiff_t y = top; y < bottom; y++)
    for (ptrdiff_t x = left; x < right; x++)
      out[y * width + x] = 0.0f;
}

void ck_image_move(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                   const uint8_t *images, const int32_t *index, const ck_image_shift *shifts, ck_image_padding padding,
                   const ck_image_patch *patches, const float *scale, const float *offset, float *out) {
  const ptrdiff_t plane = height * width;
  CK_PARALLEL(ck_team(context, count * channels * plane, GATHER_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      for (ptrdiff_t c = 0; c < channels; c++) {
        float *to = out + (i * channels + c) * plane;
        context->kernels->image_move(height, width, images + (index[i] * channels + c) * plane, shifts[i], padding,
                                     scale[c], offset[c], to);
        if (patches != NULL)
          erase(height, width, patches[i], to);
      }
  }
}

void ck_image_warp(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                   const uint8_t *images, const int32_t *index, const ck_affine_map *maps,
                   const ck_image_patch *patches, const float *scale, const float *offset, float *out) {
  const ptrdiff_t plane = height * width;
  CK_PARALLEL(ck_team(context, count * channels * plane, WARP_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      for (ptrdiff_t c = 0; c < channels; c++) {
        float *to = out + (i * channels + c) * plane;
        context->kernels->image_warp(height, width, images + (index[i] * channels + c) * plane, maps[i], scale[c],
                                     offset[c], to);
        if (patches != NULL)
          erase(height, width, patches[i], to);
      }
  }
}

void ck_standardize(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t plane, const float *mean,
                    const float *deviation, float *x) {
  const ptrdiff_t sample = channels * plane;
  CK_PARALLEL(ck_team(context, count * sample, GATHER_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      context->kernels->standardize(channels, plane, mean, deviation, x + i * sample);
  }
}
