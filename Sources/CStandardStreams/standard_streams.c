#include "CStandardStreams.h"

#include <fcntl.h>
#include <unistd.h>

// As glibc does it for setuid programs: the error comes from the write, and names what is wrong.
__attribute__((constructor)) void take_closed_standard_streams(void) {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0)
      open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}
