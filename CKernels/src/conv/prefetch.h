// The images that a thread probably needs next, fetched while it computes this one.
#ifndef CK_CONV_PREFETCH_H
#define CK_CONV_PREFETCH_H

#include "cpu/prefetch.h"

typedef struct {
  ck_prefetch x, y, dx, dy; // those that a pass does not read are empty
} image_prefetch;

static inline void image_prefetch_step(image_prefetch *next) {
  ck_prefetch_step(&next->x);
  ck_prefetch_step(&next->y);
  ck_prefetch_step(&next->dx);
  ck_prefetch_step(&next->dy);
}

#endif
