// What both codecs are found by.
#ifndef KOBAI_LIBRARY_H
#define KOBAI_LIBRARY_H

#include <stdbool.h>

// Puts the address of the function of that name into `function`, a pointer to a function pointer; false where the
// library has none.
bool kobai_load_function(void *library, const char *name, void *function);

#endif
