// The tile kernels: one function for each number of rows and panels, unrolled from one body.
//
// Each element of C is a single chain of fused multiply-adds over k in ascending order, whatever the tile's
// size: that is why every instruction set computes the same bits.
#include "gemm/tile_sums.h"

// One step along k multiplies an element of A, broadcast to all lanes, by sixteen of B.
#if defined(CK_TILE_BF16)
CK_INLINE v16 tile_step(v16 a, v16 b, v16 sum) { return (v16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b); }
CK_INLINE v8 half_width_step(v8 a, v8 b, v8 sum) { return (v8)_mm256_dpbf16_ps((__m256)sum, (__m256bh)a, (__m256bh)b); }
#else
CK_INLINE v16 tile_step(v16 a, v16 b, v16 sum) { return v16_fma(a, b, sum); }
CK_INLINE v8 half_width_step(v8 a, v8 b, v8 sum) { return v8_fma(a, b, sum); }
#endif

// How A is read.
typedef enum {
  ALONG_K,     // contiguous along k
  ALONG_ROWS,  // contiguous along rows
  PREFETCHING, // contiguous along k, and the next tile's rows are prefetched
} tile_form;

CK_INLINE void tile_prefetch_c(const ck_tile *tile, int rows, int panels, const float *c) {
  if (tile->prefetches_c) {
    CK_UNROLL for (int i = 0; i < rows; i++) {
      CK_UNROLL for (int j = 0; j < panels; j++) __builtin_prefetch(c + i * tile->c_row + j * CK_LANES, 1);
    }
  }
}

// Runs BODY for each element along k of each segment; `at` and `bt` point at it in A and B.
#define CK_TILE_EACH_K(BODY)                                                   \
  for (ptrdiff_t s = 0; s < tile->segments; s++) {                             \
    const float *at = a + (tile->a_segment ? tile->a_segment[s] : 0);          \
    const float *bt = b + (tile->b_segment ? tile->b_segment[s] : 0);          \
    for (ptrdiff_t k = tile->length; k > 0; k--, at += a_k, bt += b_k) {       \
      if (form == PREFETCHING) /* the hardware does not follow so many rows */ \
        __builtin_prefetch(a + rows * a_row + CK_LANES * (tile->length - k));  \
      BODY                                                                     \
    }                                                                          \
  }

// Computes the first half of a panel, which is half the work where sixteen lanes are two registers or more, or go
// through the processor in two halves.
CK_INLINE void half_width_body(const ck_tile *tile, const float *a, const float *b, float *c, const int rows,
                               const tile_form form) {
  v8 acc[CK_TILE_MAX_ROWS];
  CK_UNROLL for (int i = 0; i < rows; i++) acc[i] = (v8)(0.0f);
  if (tile->continues)
    CK_UNROLL for (int i = 0; i < rows; i++) acc[i] = v8_of(v16_load_n(c + i * tile->c_row, tile->last_columns));
  const ptrdiff_t a_row = form != ALONG_ROWS ? tile->a_row : 1, a_k = form != ALONG_ROWS ? 1 : tile->a_k;
  const ptrdiff_t b_k = tile->b_k;
  tile_prefetch_c(tile, rows, 1, c);
  CK_TILE_EACH_K({
    const v8 column = v8_load(bt);
    CK_UNROLL for (int i = 0; i < rows; i++) acc[i] = half_width_step((v8)(at[i * a_row]), column, acc[i]);
  })
  v16 sums[CK_TILE_MAX_ROWS][CK_TILE_MAX_WIDE_PANELS];
  CK_UNROLL for (int i = 0; i < rows; i++) sums[i][0] = v16_of_half(acc[i]);
  tile_store(tile, rows, 1, sums, c);
}

// `rows`, `panels` and `form` are constants at each call; 0 panels are half of one.
CK_INLINE void tile_body(const ck_tile *tile, const float *a, const float *b, float *c, const int rows,
                         const int panels, const tile_form form) {
  if (panels == 0) {
    half_width_body(tile, a, b, c, rows, form);
    return;
  }
  v16 acc[CK_TILE_MAX_ROWS][CK_TILE_MAX_WIDE_PANELS];
  CK_UNROLL for (int i = 0; i < rows; i++) { CK_UNROLL for (int j = 0; j < panels; j++) acc[i][j] = v16_splat(0.0f); }
  if (tile->continues)
    tile_load(tile, rows, panels, acc, c);
  const ptrdiff_t a_row = form != ALONG_ROWS ? tile->a_row : 1, a_k = form != ALONG_ROWS ? 1 : tile->a_k;
  const ptrdiff_t b_k = tile->b_k, b_panel = tile->b_panel;
  tile_prefetch_c(tile, rows, panels, c);
  CK_TILE_EACH_K({
    v16 column[CK_TILE_MAX_WIDE_PANELS];
    CK_UNROLL for (int j = 0; j < panels; j++) column[j] = v16_load(bt + j * b_panel);
    CK_UNROLL for (int i = 0; i < rows; i++) {
      const v16 row = v16_splat(at[i * a_row]);
      CK_UNROLL for (int j = 0; j < panels; j++) acc[i][j] = tile_step(row, column[j], acc[i][j]);
    }
  })
  tile_store(tile, rows, panels, acc, c);
}

#define CK_TILE_FUNCTIONS(ROWS, PANELS)                                                                               \
  static void tile_##ROWS##x##PANELS##_along_k(const ck_tile *tile, const float *restrict a, const float *restrict b, \
                                               float *restrict c) {                                                   \
    tile_body(tile, a, b, c, ROWS, PANELS, ALONG_K);                                                                  \
  }                                                                                                                   \
  static void tile_##ROWS##x##PANELS##_along_rows(const ck_tile *tile, const float *restrict a,                       \
                                                  const float *restrict b, float *restrict c) {                       \
    tile_body(tile, a, b, c, ROWS, PANELS, ALONG_ROWS);                                                               \
  }                                                                                                                   \
  static void tile_##ROWS##x##PANELS##_prefetching(const ck_tile *tile, const float *restrict a,                      \
                                                   const float *restrict b, float *restrict c) {                      \
    tile_body(tile, a, b, c, ROWS, PANELS, PREFETCHING);                                                              \
  }
#define CK_TILE_ENTRY(ROWS, PANELS, FORM) tile_##ROWS##x##PANELS##_##FORM,

// CK_FOR_ROWS(X, ...) calls X for each number of rows that this instruction set has registers for.
#if CK_TILE_ROWS == 14
#define CK_FOR_ROWS(X, ...) \
  X(1, __VA_ARGS__)         \
  X(2, __VA_ARGS__)         \
  X(3, __VA_ARGS__)         \
  X(4, __VA_ARGS__)         \
  X(5, __VA_ARGS__)         \
  X(6, __VA_ARGS__)         \
  X(7, __VA_ARGS__)         \
  X(8, __VA_ARGS__)         \
  X(9, __VA_ARGS__)         \
  X(10, __VA_ARGS__)        \
  X(11, __VA_ARGS__)        \
  X(12, __VA_ARGS__)        \
  X(13, __VA_ARGS__)        \
  X(14, __VA_ARGS__)
#elif CK_TILE_ROWS == 6
#define CK_FOR_ROWS(X, ...) \
  X(1, __VA_ARGS__)         \
  X(2, __VA_ARGS__)         \
  X(3, __VA_ARGS__)         \
  X(4, __VA_ARGS__)         \
  X(5, __VA_ARGS__)         \
  X(6, __VA_ARGS__)
#endif

CK_FOR_ROWS(CK_TILE_FUNCTIONS, 0)
CK_FOR_ROWS(CK_TILE_FUNCTIONS, 1)
#if CK_TILE_PANELS == 2
CK_FOR_ROWS(CK_TILE_FUNCTIONS, 2)
#endif

#define CK_TILE_WIDE_FUNCTION(PANELS)                                                                       \
  static void tile_1x##PANELS##_wide(const ck_tile *tile, const float *restrict a, const float *restrict b, \
                                     float *restrict c) {                                                   \
    tile_body(tile, a, b, c, 1, PANELS, ALONG_K);                                                           \
  }
#define CK_TILE_WIDE_ENTRY(PANELS) tile_1x##PANELS##_wide,
#if CK_TILE_WIDE_PANELS == 8
#define CK_FOR_WIDE_PANELS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#elif CK_TILE_WIDE_PANELS == 4
#define CK_FOR_WIDE_PANELS(X) X(1) X(2) X(3) X(4)
#endif
CK_FOR_WIDE_PANELS(CK_TILE_WIDE_FUNCTION)

static const ck_tile_kernels tile_kernels = {
    .rows = CK_TILE_ROWS,
    .panels = CK_TILE_PANELS,
    .along_k = {{CK_FOR_ROWS(CK_TILE_ENTRY, 0, along_k)},
                {CK_FOR_ROWS(CK_TILE_ENTRY, 1, along_k)},
#if CK_TILE_PANELS == 2
                {CK_FOR_ROWS(CK_TILE_ENTRY, 2, along_k)}
#endif
    },
    .along_rows = {{CK_FOR_ROWS(CK_TILE_ENTRY, 0, along_rows)},
                   {CK_FOR_ROWS(CK_TILE_ENTRY, 1, along_rows)},
#if CK_TILE_PANELS == 2
                   {CK_FOR_ROWS(CK_TILE_ENTRY, 2, along_rows)}
#endif
    },
    .prefetching = {{CK_FOR_ROWS(CK_TILE_ENTRY, 0, prefetching)},
                    {CK_FOR_ROWS(CK_TILE_ENTRY, 1, prefetching)},
#if CK_TILE_PANELS == 2
                    {CK_FOR_ROWS(CK_TILE_ENTRY, 2, prefetching)}
#endif
    },
    .wide_panels = CK_TILE_WIDE_PANELS,
    .wide = {CK_FOR_WIDE_PANELS(CK_TILE_WIDE_ENTRY)},
};
