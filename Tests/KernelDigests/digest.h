// Runs a kernel with made-up inputs on every instruction set and 1, 2 and 3 threads, and prints a hash of what comes
// out.
#ifndef DIGEST_H
#define DIGEST_H

#include "CKernels.h"

// One call of a case's body: which kernels to use, and the inputs and outputs made for it so far.
typedef struct run run;

// What the bodies of cases begin with. Memory has no byte to spare (memory.h), and lasts until the body returns.
const ck_context *context_of(const run *r);
float *input(run *r, ptrdiff_t count);          // numbers of the run's kind
float *positive(run *r, ptrdiff_t count);       // the same without their signs
float *output(run *r, ptrdiff_t count);         // the same as input, but hashed in the end
uint8_t *output_bytes(run *r, ptrdiff_t count); // at first random, hashed in the end
int32_t *output_integers(run *r, ptrdiff_t count);
const uint8_t *bytes(run *r, ptrdiff_t count);                    // 0 ... 255
const int32_t *indices(run *r, ptrdiff_t count, ptrdiff_t limit); // 0 ... limit - 1
void *workspace(run *r, size_t count);

// An activation with constants; CK_CUSTOM is one of this folder's own, x^2 / 4, whose input is kept.
ck_activation activation_of(ptrdiff_t kind);

typedef void case_body(run *r, const ptrdiff_t *p);
// Prints a line for each kind of input, named by the body and its numbers.
void check(const char *name, case_body *body, const ptrdiff_t *p, size_t count);
#define CHECK(BODY, ...) \
  check(#BODY, BODY, (const ptrdiff_t[]){__VA_ARGS__}, sizeof((const ptrdiff_t[]){__VA_ARGS__}) / sizeof(ptrdiff_t))

// What the command line asks for: 1/2, the first of two parts of the cases; --emulated, fewer runs of each; else how
// the names of the cases begin. False where it makes no sense.
bool choose_cases(int count, char **words);

// Families in files of their own.
void conv_cases(void);
void layer_cases(void);
void part_cases(void);

// How many cases differed; prints what was compared.
int differences(void);

#endif
