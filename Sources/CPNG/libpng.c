#include "CPNG.h"
#include <dlfcn.h>

static bool load_function(void *library, const char *name, void *function) {
  void *address = dlsym(library, name);
  *(void **)function = address;
  return address != NULL;
}

bool kobai_libpng_load(const char *name, kobai_libpng *libpng) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL); // stays loaded: the functions are in it
  return library != NULL && load_function(library, "png_image_begin_read_from_memory", &libpng->read_header) &&
         load_function(library, "png_image_finish_read", &libpng->read_pixels) &&
         load_function(library, "png_image_free", &libpng->release);
}
