#define _DEFAULT_SOURCE // for setenv, which ISO C does not know
#include "CBench.h"
#include <dlfcn.h>
#include <stdlib.h>

enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };

typedef void sgemm_function(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                            int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void set_threads_function(int threads);

static void *first_symbol(void *library, const char *const names[], size_t count) {
  for (size_t i = 0; i < count; i++) {
    void *symbol = dlsym(library, names[i]);
    if (symbol)
      return symbol;
  }
  return NULL;
}

const char *peer_blas_load(const char *path, peer_blas *peer) {
  static const char *const multiply[] = {"cblas_sgemm", "scipy_cblas_sgemm"};
  static const char *const threads[] = {"MKL_Set_Num_Threads", "openblas_set_num_threads",
                                        "scipy_openblas_set_num_threads", "bli_thread_set_num_threads"};
  // MKL brings an OpenMP runtime of its own, which else ends a process that has one.
  setenv("KMP_DUPLICATE_LIB_OK", "TRUE", 0);
  void *library = peer->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return dlerror();
  peer->sgemm = first_symbol(library, multiply, sizeof multiply / sizeof *multiply);
  peer->set_threads = first_symbol(library, threads, sizeof threads / sizeof *threads);
  return peer->sgemm ? NULL : "it has no cblas_sgemm";
}

typedef const char *name_function(void);
typedef int number_function(void);
typedef const char *name_of_function(int number);
typedef struct {
  int major, minor, update;
  const char *status, *build, *processor, *platform;
} mkl_version; // MKLVersion in mkl_types.h
typedef void mkl_version_function(mkl_version *version);

const char *peer_blas_core(const peer_blas *peer) {
  static const char *const names[] = {"openblas_get_corename", "scipy_openblas_get_corename",
                                      "libxsmm_get_target_arch"};
  void *const name = first_symbol(peer->library, names, sizeof names / sizeof *names);
  if (name)
    return ((name_function *)name)();
  void *const blis_number = dlsym(peer->library, "bli_arch_query_id");
  void *const blis_name = dlsym(peer->library, "bli_arch_string");
  if (blis_number && blis_name)
    return ((name_of_function *)blis_name)(((number_function *)blis_number)());
  void *const mkl = dlsym(peer->library, "MKL_Get_Version");
  if (mkl) {
    mkl_version version = {0};
    ((mkl_version_function *)mkl)(&version);
    return version.processor;
  }
  return NULL;
}

void peer_blas_set_threads(const peer_blas *peer, int threads) {
  if (peer->set_threads)
    ((set_threads_function *)peer->set_threads)(threads);
}

void peer_blas_sgemm(const peer_blas *peer, bool trans_a, bool trans_b, int m, int n, int k, const float *a,
                     const float *b, float *c) {
  ((sgemm_function *)peer->sgemm)(ROW_MAJOR, trans_a ? TRANSPOSED : PLAIN, trans_b ? TRANSPOSED : PLAIN, m, n, k, 1.0f,
                                  a, trans_a ? m : k, b, trans_b ? k : n, 0.0f, c, n);
}
