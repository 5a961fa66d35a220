#define _GNU_SOURCE // setenv

// Tests run beside each other, one on each processor, and so do the commands that they start. Teams of threads would
// only wait for each other there, which takes half as long again for all tests together; so that kernels have one
// thread unless a test, or whoever runs them, says how many.
#include "COneThread.h"
#include <stdlib.h>

__attribute__((constructor)) static void have_one_thread(void) { setenv("OMP_NUM_THREADS", "1", 0); }
