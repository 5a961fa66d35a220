#define _GNU_SOURCE
#include "CSyncProbe.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int folders;
static _Thread_local int folder_failure;

void sync_probe_start(int failure) {
  folders = 0;
  folder_failure = failure;
}

int sync_probe_folders(void) { return folders; }

// Takes the place of the C library's, for the whole process.
int fsync(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    folders++;
    if (folder_failure) {
      errno = folder_failure;
      return -1;
    }
  }
  return (int)syscall(SYS_fsync, descriptor);
}
