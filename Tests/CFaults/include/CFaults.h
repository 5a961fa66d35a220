// Makes a call of the system that the calling thread makes fail, as SQLite's tests do it: the n-th one, for every n,
// until a run has fewer calls. These functions take the place of the C library's for the whole test process, and pass
// on to them what other threads ask for. What ships knows nothing of it. For tests on Linux.
#ifndef C_FAULTS_H
#define C_FAULTS_H

#include <stdbool.h>

// What happens to a call.
typedef enum {
  FAULT_ERROR, // it does nothing and fails with an error
  FAULT_SHORT, // it reads or writes half of what it is asked for
  FAULT_FULL,  // it writes half of what it is asked for, and then the disk is full
  FAULT_CRASH, // it does nothing, nor do those after it, as if the process had ended
  FAULT_POWER, // the same, and what was written and not synchronized is lost
} fault_kind;

// Whether faults can be injected here at all.
bool faults_available(void);

// From now on, the n-th call of this thread that such a fault can happen to has it, counted from 1. An error happens
// only to calls that the manual names it for.
//
// call: NULL, or the name of the only function that it happens to, whatever the manual says.
void faults_start(fault_kind kind, int error, long n, const char *call);

// Ends that. Returns the name of the function that it happened to, NULL where there were fewer calls than n.
const char *faults_end(void);

// A function that the system lacks from now on, while faults are injected into this thread: it fails with ENOTSUP. NULL
// for none.
void faults_miss(const char *call);

// How many descriptors the thread has opened since faults_start and not closed.
long faults_open(void);

// How often the thread has called a function since faults_start.
long faults_count(const char *call);

#endif
