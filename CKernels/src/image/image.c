// Batches of images: each image of the batch is one piece of work.
#include "ck_image.h"
#include "cpu/parallel.h"
#include "dispatch/kernel_set.h"

enum { GATHER_GRAIN = 32768, WARP_GRAIN = 1024 }; // pixels that are worth another thread

void ck_image_gather(const ck_context *context, ptrdiff_t count, ptrdiff_t pixels, const uint8_t *images,
                     const int32_t *index, float scale, float offset, float *out) {
  CK_PARALLEL(ck_team(context, count * pixels, GATHER_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      context->kernels->image_gather(pixels, images + index[i] * pixels, scale, offset, out + i * pixels);
  }
}

void ck_image_warp(const ck_context *context, ptrdiff_t count, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                   const uint8_t *images, const int32_t *index, const ck_affine_map *maps, float scale, float offset,
                   float *out) {
  const ptrdiff_t plane = height * width;
  CK_PARALLEL(ck_team(context, count * channels * plane, WARP_GRAIN), count, 1, share) {
    for (ptrdiff_t i = share.first; i < share.first + share.count; i++)
      for (ptrdiff_t c = 0; c < channels; c++)
        context->kernels->image_warp(height, width, images + (index[i] * channels + c) * plane, maps[i], scale, offset,
                                     out + (i * channels + c) * plane);
  }
}
