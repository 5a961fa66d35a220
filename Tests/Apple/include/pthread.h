#pragma once
#include <signal.h>
#include <stddef.h>
typedef struct pthread *pthread_t;
typedef struct {
  long opaque[8];
} pthread_attr_t;
enum { PTHREAD_CREATE_DETACHED = 2 };
int pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
int pthread_attr_destroy(pthread_attr_t *);
int pthread_attr_init(pthread_attr_t *);
int pthread_attr_setdetachstate(pthread_attr_t *, int);
int pthread_attr_setstacksize(pthread_attr_t *, size_t);
int pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int pthread_sigmask(int, const sigset_t *, sigset_t *);
