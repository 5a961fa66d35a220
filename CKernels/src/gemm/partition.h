// Says which blocks of C each thread computes.
#ifndef CK_GEMM_PARTITION_H
#define CK_GEMM_PARTITION_H

#include "cpu/parallel.h"
#include "gemm/gemm.h"

// A block of C that one worker computes.
typedef struct {
  ck_range rows, columns;
  ck_range packed; // the columns of B that are packed for it: its own, or all, by all workers together
  bool shared;     // the latter
} ck_c_block;

// Finds the blocks of C's columns `block` that worker `me` computes, at most two, and returns how many there are. Of
// all ways to cut C it takes that whose largest share is the smallest: a grid, or whole NR panels for each worker,
// where the panels left over are cut by rows.
int ck_gemm_partition(const ck_context *context, const ck_gemm *g, ck_worker me, ck_range block, ck_c_block mine[2]);

#endif
