#include "libpng.h"
#include "library.h"
#include <dlfcn.h>

bool kobai_libpng_load(const char *name, kobai_libpng *libpng) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL); // stays loaded: the functions are in it
  return library != NULL && kobai_load_function(library, "png_image_begin_read_from_memory", &libpng->read_header) &&
         kobai_load_function(library, "png_image_finish_read", &libpng->read_pixels) &&
         kobai_load_function(library, "png_image_free", &libpng->release);
}
