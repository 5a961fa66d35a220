#define _GNU_SOURCE
#include "CFaults.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif

// Sanitizers take the place of the same functions.
#if defined(__linux__) && !defined(WITHOUT_FAULTS) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 64, MOST_CALLS = 32 };

// A file that was written to. Its descriptor is of its own, so that it can be cut when the other is closed.
typedef struct {
  int descriptor;
  dev_t device;
  ino_t number;
  bool is_dirty;
} written_file;

typedef struct {
  bool is_on, has_crashed, is_full;
  fault_kind kind;
  int error;
  long n;
  const char *only;
  long seen; // calls that it could have happened to
  const char *happened;
  long open; // descriptors
  written_file files[MOST_FILES];
  int file_count;
  struct {
    const char *name;
    long count;
  } calls[MOST_CALLS];
} fault_state;

static _Thread_local fault_state *state;  // NULL before the first fault
static _Thread_local const char *missing; // a function that always fails while faults are injected

// The errors of each call, as the manual's pages have them.
static const struct {
  const char *call;
  int errors[6];
} errors_of[] = {
    {"open", {EIO, ENOSPC, EINTR, EACCES, EMFILE}},
    {"read", {EIO, EINTR}},
    {"pread", {EIO, EINTR}},
    {"write", {EIO, ENOSPC, EINTR}},
    {"fsync", {EIO, ENOSPC, EINTR}},
    {"close", {EIO, ENOSPC, EINTR}},
    {"rename", {EIO, ENOSPC, EACCES}},
    {"linkat", {EIO, ENOSPC, EACCES}},
    {"unlink", {EIO, EACCES}},
    {"rmdir", {EIO, EACCES}},
    {"mkdir", {EIO, ENOSPC, EACCES}},
    {"stat", {EIO, EACCES}},
    {"fstat", {EIO}},
    {"access", {EIO, EACCES}},
    {"realpath", {EIO, EACCES}},
    {"readlink", {EIO, EACCES}},
    {"opendir", {EIO, EACCES, EMFILE}},
    {"readdir", {EIO}},
    {"flock", {EIO, EINTR}},
    {"ftruncate", {EIO, EINTR}},
    {"posix_fallocate", {EIO, ENOSPC, EINTR}},
    {"fchmod", {EIO, EACCES}},
    {"mmap", {ENOMEM, EMFILE}},
    {"pthread_create", {EAGAIN}},
};

static bool can_have(const char *call, int error) {
  for (size_t i = 0; i < sizeof errors_of / sizeof *errors_of; i++)
    if (strcmp(errors_of[i].call, call) == 0)
      for (int j = 0; j < 6; j++)
        if (errors_of[i].errors[j] == error)
          return true;
  return false;
}

static void count(const char *call) {
  for (int i = 0; i < MOST_CALLS; i++) {
    if (state->calls[i].name == NULL)
      state->calls[i].name = call;
    if (strcmp(state->calls[i].name, call) == 0) {
      state->calls[i].count++;
      return;
    }
  }
}

static bool is_command; // see start_from_environment
static void write_what_happened(void);
static void lose_what_is_not_synchronized(void);

// Whether this call does nothing but fail; `errno` says why.
static bool fails(const char *call) {
  if (state == NULL || !state->is_on)
    return false;
  count(call);
  if (state->has_crashed) {
    errno = EIO;
    return true;
  }
  if (missing != NULL && strcmp(missing, call) == 0) {
    errno = ENOTSUP;
    return true;
  }
  if (state->kind == FAULT_SHORT || state->kind == FAULT_FULL ||
      (state->only != NULL && strcmp(state->only, call) != 0))
    return false;
  if (state->kind == FAULT_ERROR && state->only == NULL && !can_have(call, state->error))
    return false;
  if (++state->seen != state->n)
    return false;
  state->happened = call;
  if (state->kind != FAULT_ERROR) {
    state->has_crashed = true;
    if (state->kind == FAULT_POWER)
      lose_what_is_not_synchronized();
    if (is_command) {
      write_what_happened();
      _exit(137);
    }
  }
  errno = state->kind == FAULT_ERROR ? state->error : EIO;
  return true;
}

static bool is_on(void) { return state != NULL && state->is_on; }

// How many of the bytes a call reads or writes.
static size_t shortened(const char *call, size_t size) {
  if (!is_on() || state->kind != FAULT_SHORT || size < 2 || ++state->seen != state->n)
    return size;
  state->happened = call;
  return size / 2;
}

#define NEXT(name)               \
  static __typeof__(name) *next; \
  if (next == NULL)              \
  next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// MARK: what was written and not synchronized

// Whether a descriptor is that of a regular file.
static bool is_file(int descriptor, struct stat *status) {
  state->is_on = false;
  const bool is_regular = fstat(descriptor, status) == 0 && S_ISREG(status->st_mode);
  state->is_on = true;
  return is_regular;
}

// How many bytes fit on a disk that is full from the n-th write to a file on.
static size_t fitting(int descriptor, size_t size) {
  struct stat status;
  if (!is_on() || state->kind != FAULT_FULL || !is_file(descriptor, &status))
    return size;
  if (state->is_full)
    return 0;
  if (++state->seen != state->n)
    return size;
  state->happened = "write";
  state->is_full = true;
  return size / 2;
}

static written_file *find(int descriptor) {
  struct stat status;
  if (!is_file(descriptor, &status))
    return NULL;
  for (int i = 0; i < state->file_count; i++)
    if (state->files[i].device == status.st_dev && state->files[i].number == status.st_ino)
      return &state->files[i];
  if (state->file_count == MOST_FILES)
    abort();
  written_file *added = &state->files[state->file_count++];
  *added = (written_file){fcntl(descriptor, F_DUPFD_CLOEXEC, 0), status.st_dev, status.st_ino, false};
  return added;
}

static void lose_what_is_not_synchronized(void) {
  state->is_on = false;
  for (int i = 0; i < state->file_count; i++)
    if (state->files[i].is_dirty && ftruncate(state->files[i].descriptor, 0) != 0)
      abort();
  state->is_on = true;
}

static void set_dirty(int descriptor, bool is_dirty) {
  if (!is_on() || state->kind != FAULT_POWER)
    return;
  written_file *file = find(descriptor);
  if (file != NULL)
    file->is_dirty = is_dirty;
}

// MARK: the functions

int open(const char *path, int flags, ...) {
  NEXT(open);
  mode_t mode = 0;
  if (flags & (O_CREAT | __O_TMPFILE)) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  if (fails("open"))
    return -1;
  const int descriptor = next(path, flags, mode);
  if (descriptor >= 0 && is_on())
    state->open++;
  return descriptor;
}

ssize_t read(int descriptor, void *buffer, size_t size) {
  NEXT(read);
  return fails("read") ? -1 : next(descriptor, buffer, shortened("read", size));
}

ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset) {
  NEXT(pread);
  return fails("pread") ? -1 : next(descriptor, buffer, shortened("pread", size), offset);
}

ssize_t write(int descriptor, const void *buffer, size_t size) {
  NEXT(write);
  if (fails("write"))
    return -1;
  set_dirty(descriptor, true);
  const size_t fits = fitting(descriptor, size);
  if (fits == 0 && size > 0) {
    errno = ENOSPC;
    return -1;
  }
  return next(descriptor, buffer, shortened("write", fits));
}

// No disk has to be waited for in order to see whether that is asked for.
int fsync(int descriptor) {
  NEXT(fsync);
  if (fails("fsync"))
    return -1;
  set_dirty(descriptor, false);
  return is_on() ? 0 : next(descriptor);
}

// The system closes what a process that ends has open; and close(2) closes even where it fails.
int close(int descriptor) {
  NEXT(close);
  const bool does_fail = fails("close");
  const int number = errno;
  const int result = next(descriptor);
  if (is_on())
    state->open--;
  if (does_fail)
    errno = number;
  return does_fail ? -1 : result;
}

// A function that does nothing else.
#define FUNCTION(type, failure, name, parameters, arguments) \
  type name parameters {                                     \
    NEXT(name);                                              \
    return fails(#name) ? failure : next arguments;          \
  }
FUNCTION(int, -1, rename, (const char *from, const char *to), (from, to))
FUNCTION(int, -1, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
FUNCTION(int, -1, unlink, (const char *path), (path))
FUNCTION(int, -1, rmdir, (const char *path), (path))
FUNCTION(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
FUNCTION(int, -1, stat, (const char *restrict path, struct stat *restrict status), (path, status))
FUNCTION(int, -1, fstat, (int descriptor, struct stat *status), (descriptor, status))
FUNCTION(int, -1, access, (const char *path, int mode), (path, mode))
FUNCTION(char *, NULL, realpath, (const char *restrict path, char *restrict result), (path, result))
FUNCTION(ssize_t, -1, readlink, (const char *restrict path, char *restrict buffer, size_t size), (path, buffer, size))
FUNCTION(DIR *, NULL, opendir, (const char *path), (path))
FUNCTION(struct dirent *, NULL, readdir, (DIR * folder), (folder))
FUNCTION(int, -1, flock, (int descriptor, int operation), (descriptor, operation))
FUNCTION(int, -1, ftruncate, (int descriptor, off_t size), (descriptor, size))
FUNCTION(int, -1, fchmod, (int descriptor, mode_t mode), (descriptor, mode))
FUNCTION(void *, MAP_FAILED, mmap, (void *address, size_t size, int a, int b, int descriptor, off_t offset),
         (address, size, a, b, descriptor, offset))
FUNCTION(int, errno, posix_fallocate, (int descriptor, off_t offset, off_t size), (descriptor, offset, size))
FUNCTION(int, errno, pthread_create,
         (pthread_t * thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument),
         (thread, attributes, body, argument))

// MARK: a whole command

// Loaded into another program (LD_PRELOAD), this reads what happens to its first thread from KOBAI_FAULT, "kind error
// n", and leaves the name of the function that it happened to in the file that KOBAI_FAULT_LOG names. A crash ends the
// process.
__attribute__((constructor)) static void start_from_environment(void) {
  int kind, error;
  long n;
  const char *words = getenv("KOBAI_FAULT");
  is_command = words != NULL && sscanf(words, "%d %d %ld", &kind, &error, &n) == 3;
  if (is_command)
    faults_start((fault_kind)kind, error, n, NULL);
}

__attribute__((destructor)) static void write_what_happened(void) {
  const char *path = getenv("KOBAI_FAULT_LOG");
  if (state == NULL || path == NULL)
    return;
  state->is_on = false;
  const int log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (log >= 0 && state->happened != NULL && write(log, state->happened, strlen(state->happened)) < 0)
    abort();
  close(log);
}

// MARK: what tests call

bool faults_available(void) { return true; }

void faults_start(fault_kind kind, int error, long n, const char *call) {
  if (state == NULL)
    state = calloc(1, sizeof *state);
  if (state == NULL)
    abort();
  *state = (fault_state){.is_on = true, .kind = kind, .error = error, .n = n, .only = call};
}

const char *faults_end(void) {
  state->is_on = false;
  for (int i = 0; i < state->file_count; i++)
    close(state->files[i].descriptor);
  return state->happened;
}

void faults_miss(const char *call) { missing = call; }

long faults_open(void) { return state == NULL ? 0 : state->open; }

long faults_count(const char *call) {
  for (int i = 0; i < MOST_CALLS; i++)
    if (state != NULL && state->calls[i].name != NULL && strcmp(state->calls[i].name, call) == 0)
      return state->calls[i].count;
  return 0;
}

#else

#include <stddef.h>

bool faults_available(void) { return false; }
void faults_start(fault_kind kind, int error, long n, const char *call) {
  (void)kind, (void)error, (void)n, (void)call;
}
const char *faults_end(void) { return NULL; }
void faults_miss(const char *call) { (void)call; }
long faults_open(void) { return 0; }
long faults_count(const char *call) {
  (void)call;
  return 0;
}

#endif
