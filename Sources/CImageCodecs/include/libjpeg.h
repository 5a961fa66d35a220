// libjpeg's classic API, as libjpeg-turbo has it under two names: libjpeg.so.62 (Debian, Fedora) and libjpeg.so.8
// (Ubuntu). libjpeg reports an error by a function that must not return, so that longjmp stays on this side.
#ifndef KOBAI_LIBJPEG_H
#define KOBAI_LIBJPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libjpeg's functions, and what it checks its caller's layout by: JPEG_LIB_VERSION and the size of
// jpeg_decompress_struct, which the caller fills in.
typedef struct kobai_libjpeg {
  void *(*set_error_defaults)(void *errors);
  void (*create)(void *decoder, int version, size_t size);
  void (*set_source)(void *decoder, const unsigned char *file, unsigned long bytes);
  int (*read_header)(void *decoder, int needs_image);
  int (*start)(void *decoder);
  uint32_t (*read_rows)(void *decoder, uint8_t **rows, uint32_t most);
  int (*finish)(void *decoder);
  void (*destroy)(void *decoder);
  int version;
  size_t size;
} kobai_libjpeg;

// A JPEG file being read. `reduction` is the caller's: 1, 2, 4 or 8, what width and height are divided by.
typedef struct kobai_jpeg_image {
  uint32_t reduction;
  uint32_t width; // of the file's picture, before it is reduced
  uint32_t height;
  uint32_t channels; // 1 gray, 3 red, green and blue, 4 cyan, magenta, yellow and black
  char message[200]; // why it failed
} kobai_jpeg_image;

// Finds the functions in the shared library of that name; false where there is none.
bool kobai_libjpeg_load(const char *library, kobai_libjpeg *libjpeg);

// Fills in width, height and channels.
bool kobai_jpeg_read_header(const kobai_libjpeg *libjpeg, const void *file, size_t bytes, kobai_jpeg_image *image);

// Reads the pixels, row by row: `channels` bytes each, ceil(width / reduction) × ceil(height / reduction) of them,
// which `capacity` has to hold.
bool kobai_jpeg_read_pixels(const kobai_libjpeg *libjpeg, const void *file, size_t bytes, kobai_jpeg_image *image,
                            uint8_t *pixels, size_t capacity);

#endif
