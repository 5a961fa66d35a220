// libpng's "simplified API", which every libpng 1.6 has (libpng-manual, part V).
#ifndef KOBAI_LIBPNG_H
#define KOBAI_LIBPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A PNG file being read: libpng's png_image, field for field. Its layout is part of libpng16's ABI, which the number
// in the library's name stands for; `version` tells libpng which layout the caller has, and it refuses any other.
typedef struct kobai_png_image {
  void *opaque; // NULL at first; freed by `release`
  uint32_t version;
  uint32_t width;
  uint32_t height;
  uint32_t format;
  uint32_t flags;
  uint32_t colormap_entries;
  uint32_t warning_or_error;
  char message[64]; // why it failed
} kobai_png_image;

enum {
  KOBAI_PNG_VERSION = 1,                   // PNG_IMAGE_VERSION
  KOBAI_PNG_ALPHA = 1,                     // PNG_FORMAT_FLAG_ALPHA: the last byte of a pixel is its opacity
  KOBAI_PNG_COLOR = 2,                     // PNG_FORMAT_FLAG_COLOR: three bytes red, green, blue, as on a screen
  KOBAI_PNG_SIXTEEN_BITS_ARE_SRGB = 1 << 2 // PNG_IMAGE_FLAG_16BIT_sRGB: else, unless the file says, they are linear
};

// libpng's functions. The first two return 0 where they fail.
typedef struct kobai_libpng {
  int (*read_header)(kobai_png_image *image, const void *file, size_t bytes);
  int (*read_pixels)(kobai_png_image *image, const void *background, void *pixels, int32_t stride, void *colors);
  void (*release)(kobai_png_image *image);
} kobai_libpng;

// Finds the functions in the shared library of that name; false where there is none.
bool kobai_libpng_load(const char *library, kobai_libpng *libpng);

#endif
