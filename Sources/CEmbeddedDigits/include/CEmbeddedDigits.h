// 5,000 real MNIST digits inside the program, as four gzipped IDX files. make_digits.py says where they come from.
#ifndef C_EMBEDDED_DIGITS_H
#define C_EMBEDDED_DIGITS_H

#include <stddef.h>

typedef struct {
  const unsigned char *bytes;
  size_t count;
} kobai_file;

kobai_file kobai_train_images(void);
kobai_file kobai_train_labels(void);
kobai_file kobai_test_images(void);
kobai_file kobai_test_labels(void);

#endif
