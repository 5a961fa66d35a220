#pragma once
#include <stddef.h>
void abort(void);
void *aligned_alloc(size_t, size_t);
void *calloc(size_t, size_t);
void *malloc(size_t);
void free(void *);
char *getenv(const char *);
long strtol(const char *, char **, int);
