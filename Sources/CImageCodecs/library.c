#include "library.h"
#include <dlfcn.h>
#include <stddef.h>

bool kobai_load_function(void *library, const char *name, void *function) {
  void *address = dlsym(library, name);
  *(void **)function = address;
  return address != NULL;
}
