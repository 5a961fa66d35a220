// The images that a thread probably needs next, fetched while it computes this one.
#ifndef CK_CONV_PREFETCH_H
#define CK_CONV_PREFETCH_H

#include "cpu/ahead.h"

typedef struct {
  ck_ahead x, y, dx, dy; // those that a pass does not read are empty
} image_prefetch;

static inline void image_prefetch_step(image_prefetch *next) {
  ck_ahead_turn(&next->x);
  ck_ahead_turn(&next->y);
  ck_ahead_turn(&next->dx);
  ck_ahead_turn(&next->dy);
}

#endif
