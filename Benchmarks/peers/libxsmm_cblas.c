// LIBXSMM's product under the name that BLAS libraries give theirs (`setup` links it with the archive).
enum { ROW_MAJOR = 101, TRANSPOSED = 112 };

void libxsmm_sgemm(const char *trans_a, const char *trans_b, const int *m, const int *n, const int *k,
                   const float *alpha, const float *a, const int *lda, const float *b, const int *ldb,
                   const float *beta, float *c, const int *ldc);

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc) {
  const char first = trans_a == TRANSPOSED ? 'T' : 'N', second = trans_b == TRANSPOSED ? 'T' : 'N';
  if (order == ROW_MAJOR) // C transposed, by columns, is B transposed times A transposed
    libxsmm_sgemm(&second, &first, &n, &m, &k, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
  else
    libxsmm_sgemm(&first, &second, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}
