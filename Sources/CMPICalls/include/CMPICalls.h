// The few calls of MPI that a training makes, without MPI's own types and macros. Nothing of it is there unless the
// package's trait MPI is enabled (KOBAI_MPI).
//
// All functions return 0, or an error of MPI's (ck_mpi_describe); none waits, except ck_mpi_start and ck_mpi_finish.
// Only the thread that started MPI calls them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Something that was begun and is not complete yet (MPI_Request).
typedef intptr_t ck_mpi_request;

// Reaches all processes that were started together. From then on errors are returned instead of ending the process.
// neighbours is how many of them run on this machine.
int ck_mpi_start(int *rank, int *size, int *neighbours);

// Says good-bye to the others, and waits for them.
int ck_mpi_finish(void);

// Ends all processes.
void ck_mpi_abort(int exit_code);

// Begins to send or to receive floats, whose memory stays where it is until the request is complete.
int ck_mpi_send(const float *elements, size_t count, int rank, int tag, ck_mpi_request *request);
int ck_mpi_receive(float *elements, size_t count, int rank, int tag, ck_mpi_request *request);

// Begins to put the bytes of all ranks behind each other; counts[rank] of each begin at starts[rank]. Counts and starts
// have to stay until the request is complete, too.
int ck_mpi_gather(const void *own, void *all, const int *counts, const int *starts, int rank, ck_mpi_request *request);

// Whether a request is complete; the library goes on with all that is under way meanwhile.
int ck_mpi_test(ck_mpi_request *request, bool *is_complete);

// Whether a message with that tag has come that nobody receives yet.
int ck_mpi_has_come(int tag, bool *has_come);

// The words of an error, cut to fit.
void ck_mpi_describe(int error, char *text, size_t size);
