// Which of a pass's algorithms is taken.
#ifndef CK_CONV_CHOICE_H
#define CK_CONV_CHOICE_H

#include "ck_conv.h"

// For those that compute one group.
static inline bool conv_is_one_group(const ck_context *context, const ck_conv2d *slice) {
  (void)context;
  return slice->groups == 1;
}

// What each algorithm of a table says of itself. NULL: it supports every shape; it always pays.
typedef struct {
  ck_conv2d_algorithm name;
  // Whether it computes this shape at all, and whether it is the quickest of those that do.
  bool (*supports)(const ck_context *context, const ck_conv2d *conv);
  bool (*pays)(const ck_context *context, const ck_conv2d *conv);
} conv_choice;

// Whether it is taken, if none before it in its table was: it is the one that was asked for, or it pays.
static inline bool conv_is_taken(const conv_choice *choice, const ck_context *context, const ck_conv2d *conv,
                                 ck_conv2d_algorithm wanted) {
  if (choice->supports && !choice->supports(context, conv))
    return false;
  return wanted == CK_CONV_AUTOMATIC ? !choice->pays || choice->pays(context, conv) : choice->name == wanted;
}

#endif
