#ifdef KOBAI_MPI

#include "CMPICalls.h"

#include <limits.h>
#include <mpi.h>
#include <string.h>

// A request is a pointer in Open MPI and a number in MPICH; both fit.
_Static_assert(sizeof(MPI_Request) <= sizeof(ck_mpi_request), "a request of MPI has to fit");

int ck_mpi_start(int *rank, int *size, int *neighbours) {
  int provided = MPI_THREAD_SINGLE;
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (error != MPI_SUCCESS)
    return error;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if ((error = MPI_Comm_rank(MPI_COMM_WORLD, rank)) != MPI_SUCCESS)
    return error;
  MPI_Comm machine;
  error = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, *rank, MPI_INFO_NULL, &machine);
  if (error != MPI_SUCCESS)
    return error;
  MPI_Comm_size(machine, neighbours);
  MPI_Comm_free(&machine);
  return MPI_Comm_size(MPI_COMM_WORLD, size);
}

int ck_mpi_finish(void) { return MPI_Finalize(); }

void ck_mpi_abort(int exit_code) { MPI_Abort(MPI_COMM_WORLD, exit_code); }

static int begin(int error, MPI_Request made, ck_mpi_request *request) {
  *request = (ck_mpi_request)made;
  return error;
}

// MPI counts in int.

int ck_mpi_send(const float *elements, size_t count, int rank, int tag, ck_mpi_request *request) {
  if (count > INT_MAX)
    return MPI_ERR_COUNT;
  MPI_Request made = MPI_REQUEST_NULL;
  int error = MPI_Isend(elements, (int)count, MPI_FLOAT, rank, tag, MPI_COMM_WORLD, &made);
  return begin(error, made, request);
}

int ck_mpi_receive(float *elements, size_t count, int rank, int tag, ck_mpi_request *request) {
  if (count > INT_MAX)
    return MPI_ERR_COUNT;
  MPI_Request made = MPI_REQUEST_NULL;
  int error = MPI_Irecv(elements, (int)count, MPI_FLOAT, rank, tag, MPI_COMM_WORLD, &made);
  return begin(error, made, request);
}

int ck_mpi_gather(const void *own, void *all, const int *counts, const int *starts, int rank, ck_mpi_request *request) {
  MPI_Request made = MPI_REQUEST_NULL;
  int error = MPI_Iallgatherv(own, counts[rank], MPI_BYTE, all, counts, starts, MPI_BYTE, MPI_COMM_WORLD, &made);
  return begin(error, made, request);
}

int ck_mpi_test(ck_mpi_request *request, bool *is_complete) {
  MPI_Request tested = (MPI_Request)*request;
  int flag = 0;
  int error = MPI_Test(&tested, &flag, MPI_STATUS_IGNORE);
  *request = (ck_mpi_request)tested;
  *is_complete = flag != 0;
  return error;
}

int ck_mpi_has_come(int tag, bool *has_come) {
  int flag = 0;
  int error = MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
  *has_come = flag != 0;
  return error;
}

void ck_mpi_describe(int error, char *text, size_t size) {
  char words[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(error, words, &length);
  strncpy(text, words, size - 1);
  text[size - 1] = 0;
}

#endif
