#include "libjpeg.h"
#include "library.h"
#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// What follows is libjpeg's own layout (jpeglib.h of libjpeg-turbo), as far as it is used here.

typedef struct error_manager {
  void (*error_exit)(void *decoder);
  void (*emit_message)(void *decoder, int level);
  void (*output_message)(void *decoder);
  void (*format_message)(void *decoder, char *text); // at most 200 bytes
  void (*reset)(void *decoder);
  int code;
  union {
    int numbers[8];
    char text[80];
  } parameter;
  int trace_level;
  long warnings;
  const void *texts;
  int last_text;
  const void *more_texts;
  int first_more_text;
  int last_more_text;
} error_manager;

typedef struct source_manager {
  const unsigned char *next;
  size_t bytes;
  void (*start)(void *decoder);
  int (*fill)(void *decoder);
} source_manager;

enum { GRAY = 1, RGB = 2, CMYK = 4, YCCK = 5 }; // J_COLOR_SPACE
enum { READY = 1 };                             // JPEG_HEADER_OK

typedef struct decompressor {
  error_manager *errors;
  void *memory;
  void *progress;
  void *client;
  int is_decompressor;
  int state;
  source_manager *source;
  uint32_t width;
  uint32_t height;
  int components;
  int file_colors;
  int colors;
  uint32_t scale_numerator;
  uint32_t scale_denominator;
  double gamma;
  int buffered, raw, transform, smooth_chroma, smooth_blocks, quantizes, dither, two_passes, desired_colors;
  int passes[3];
  uint32_t output_width;
  uint32_t output_height;
  int output_channels;
  int output_components;
  int buffer_rows;
  int actual_colors;
  void *map;
  uint32_t row; // the next to be read
} decompressor;

// One file being read, and where to go when it cannot be.
typedef struct decoder {
  union {
    decompressor fields;
    unsigned char whole[1024]; // more than any version has
  } info;
  error_manager errors;
  jmp_buf failed;
  char *message;
} decoder;

static void fail(void *info) {
  decoder *d = ((decompressor *)info)->client;
  d->errors.format_message(info, d->message);
  longjmp(d->failed, 1);
}

// libjpeg would go on with gray pixels where a file ends early.
static int fail_at_end(void *info) {
  decoder *d = ((decompressor *)info)->client;
  snprintf(d->message, sizeof((kobai_jpeg_image *)0)->message, "read beyond end of data");
  longjmp(d->failed, 1);
}

static void keep_silent(void *info, int level) {
  (void)info;
  (void)level;
}

// Runs after setjmp: fills in the header, and whether it could.
static bool begin(const kobai_libjpeg *libjpeg, decoder *d, const void *file, size_t bytes, kobai_jpeg_image *image) {
  decompressor *info = &d->info.fields;
  libjpeg->set_source(info, file, bytes);
  info->source->fill = fail_at_end;
  if (libjpeg->read_header(info, true) != READY)
    return false;
  bool is_print = info->file_colors == CMYK || info->file_colors == YCCK;
  info->colors = info->file_colors == GRAY ? GRAY : is_print ? CMYK : RGB;
  image->width = info->width;
  image->height = info->height;
  image->channels = info->colors == GRAY ? 1 : is_print ? 4 : 3;
  return true;
}

static void create(const kobai_libjpeg *libjpeg, decoder *d, kobai_jpeg_image *image) {
  memset(d, 0, sizeof *d);
  d->message = image->message;
  d->info.fields.errors = libjpeg->set_error_defaults(&d->errors);
  d->info.fields.client = d;
  d->errors.error_exit = fail;
  d->errors.emit_message = keep_silent;
}

bool kobai_jpeg_read_header(const kobai_libjpeg *libjpeg, const void *file, size_t bytes, kobai_jpeg_image *image) {
  decoder d;
  create(libjpeg, &d, image);
  volatile bool is_good = false; // a local that changes after setjmp
  if (setjmp(d.failed) == 0) {
    libjpeg->create(&d.info, libjpeg->version, libjpeg->size);
    is_good = begin(libjpeg, &d, file, bytes, image);
  }
  libjpeg->destroy(&d.info);
  return is_good;
}

bool kobai_jpeg_read_pixels(const kobai_libjpeg *libjpeg, const void *file, size_t bytes, kobai_jpeg_image *image,
                            uint8_t *pixels, size_t capacity) {
  decoder d;
  create(libjpeg, &d, image);
  volatile bool is_good = false;
  if (setjmp(d.failed) == 0) {
    libjpeg->create(&d.info, libjpeg->version, libjpeg->size);
    decompressor *info = &d.info.fields;
    if (begin(libjpeg, &d, file, bytes, image)) {
      info->scale_numerator = 1;
      info->scale_denominator = image->reduction;
      libjpeg->start(info);
      size_t stride = (size_t)info->output_width * image->channels;
      if (stride * info->output_height <= capacity) {
        while (info->row < info->output_height) {
          uint8_t *row = pixels + info->row * stride;
          libjpeg->read_rows(info, &row, 1);
        }
        libjpeg->finish(info);
        is_good = true;
      }
    }
  }
  libjpeg->destroy(&d.info);
  return is_good;
}

bool kobai_libjpeg_load(const char *name, kobai_libjpeg *libjpeg) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL); // stays loaded: the functions are in it
  return library != NULL && kobai_load_function(library, "jpeg_std_error", &libjpeg->set_error_defaults) &&
         kobai_load_function(library, "jpeg_CreateDecompress", &libjpeg->create) &&
         kobai_load_function(library, "jpeg_mem_src", &libjpeg->set_source) &&
         kobai_load_function(library, "jpeg_read_header", &libjpeg->read_header) &&
         kobai_load_function(library, "jpeg_start_decompress", &libjpeg->start) &&
         kobai_load_function(library, "jpeg_read_scanlines", &libjpeg->read_rows) &&
         kobai_load_function(library, "jpeg_finish_decompress", &libjpeg->finish) &&
         kobai_load_function(library, "jpeg_destroy_decompress", &libjpeg->destroy);
}
