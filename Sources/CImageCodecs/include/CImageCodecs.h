// The system's libraries that read picture files, found when they are needed instead of when the program is linked: a
// build needs neither their headers nor the libraries. The declarations are our own.
#ifndef C_IMAGE_CODECS_H
#define C_IMAGE_CODECS_H

#include "libjpeg.h"
#include "libpng.h"

#endif
