#include "CEmbeddedDigits.h"

static const unsigned char train_images[] = {
#embed "digits/train-images-idx3-ubyte.gz"
};
static const unsigned char train_labels[] = {
#embed "digits/train-labels-idx1-ubyte.gz"
};
static const unsigned char test_images[] = {
#embed "digits/t10k-images-idx3-ubyte.gz"
};
static const unsigned char test_labels[] = {
#embed "digits/t10k-labels-idx1-ubyte.gz"
};

kobai_file kobai_train_images(void) { return (kobai_file){train_images, sizeof train_images}; }
kobai_file kobai_train_labels(void) { return (kobai_file){train_labels, sizeof train_labels}; }
kobai_file kobai_test_images(void) { return (kobai_file){test_images, sizeof test_images}; }
kobai_file kobai_test_labels(void) { return (kobai_file){test_labels, sizeof test_labels}; }
