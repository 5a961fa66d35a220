#pragma once
typedef struct FILE FILE;
extern FILE *stderr;
int fprintf(FILE *, const char *, ...) __attribute__((format(printf, 2, 3)));
