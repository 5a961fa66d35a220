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

// Where a panel is a register, a mask costs one slot of the multiply-adds for each step along k.
#if defined(CK_ISA_HAS_MASKS_512) && !defined(CK_TILE_BF16)
#define CK_HAS_ENDING_TILES 1
#else
#define CK_HAS_ENDING_TILES 0
#endif

// How A and B are read.
typedef enum {
  ALONG_K,     // A contiguous along k
  ALONG_ROWS,  // A contiguous along rows
  PREFETCHING, // A contiguous along k, and the next tile's rows are prefetched; B is packed
  // As the last two, and of B's last panel nothing is read beyond its last column.
  ENDING_ALONG_ROWS,
  ENDING_PREFETCHING,
  WIDE, // A is one row, contiguous along k; B ends so, too, where there are such tiles
} tile_form;

CK_INLINE bool is_along_rows(tile_form form) { return form == ALONG_ROWS || form == ENDING_ALONG_ROWS; }
CK_INLINE bool is_prefetching(tile_form form) { return form == PREFETCHING || form == ENDING_PREFETCHING; }
CK_INLINE bool is_ending(tile_form form) {
  return form == ENDING_ALONG_ROWS || form == ENDING_PREFETCHING || (form == WIDE && CK_HAS_ENDING_TILES);
}

// The row of B that is so many further on is prefetched, for the hardware does not follow the rows of a B that is not
// packed.
enum { ROWS_AHEAD = 8 };
// Other tiles load as much as the processor can, or read a packed B that is narrow.
CK_INLINE bool prefetches_b(int rows, int panels, tile_form form) {
  return rows > 2 && panels > 1 && form != PREFETCHING;
}

CK_INLINE void tile_prefetch_c(const ck_tile *tile, int rows, int panels, const float *c) {
  if (tile->prefetches_c) {
    CK_UNROLL for (int i = 0; i < rows; i++) {
      CK_UNROLL for (int j = 0; j < panels; j++) __builtin_prefetch(c + i * tile->c_row + j * CK_LANES, 1);
    }
  }
}

// Runs BODY for each element along k of each segment; `at` and `bt` point at it in A and B.
#define CK_TILE_EACH_K(BODY)                                                    \
  for (ptrdiff_t s = 0; s < tile->segments; s++) {                              \
    const float *at = a + (tile->a_segment ? tile->a_segment[s] : 0);           \
    const float *bt = b + (tile->b_segment ? tile->b_segment[s] : 0);           \
    for (ptrdiff_t k = tile->length; k > 0; k--, at += a_k, bt += b_k) {        \
      if (is_prefetching(form)) /* the hardware does not follow so many rows */ \
        __builtin_prefetch(a + rows * a_row + CK_LANES * (tile->length - k));   \
      BODY                                                                      \
    }                                                                           \
  }

// Computes the first half of a panel, which is half the work where sixteen lanes are two registers or more, or go
// through the processor in two halves.
CK_INLINE void half_width_body(const ck_tile *tile, const float *a, const float *b, float *c, const int rows,
                               const tile_form form) {
  v8 acc[CK_TILE_MAX_ROWS];
  CK_UNROLL for (int i = 0; i < rows; i++) acc[i] = (v8)(0.0f);
  if (tile->continues)
    CK_UNROLL for (int i = 0; i < rows; i++) acc[i] = v8_of(v16_load_n(c + i * tile->c_row, tile->last_columns));
  const ptrdiff_t a_row = is_along_rows(form) ? 1 : tile->a_row, a_k = is_along_rows(form) ? tile->a_k : 1;
  const ptrdiff_t b_k = tile->b_k;
  tile_prefetch_c(tile, rows, 1, c);
  CK_TILE_EACH_K({
    const v8 column = is_ending(form) ? v8_of(v16_load_n(bt, tile->last_columns)) : v8_load(bt);
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
  const ptrdiff_t a_row = is_along_rows(form) ? 1 : tile->a_row, a_k = is_along_rows(form) ? tile->a_k : 1;
  const ptrdiff_t b_k = tile->b_k, b_panel = tile->b_panel;
  const ptrdiff_t ahead =
      tile->length > 4 * ROWS_AHEAD ? ROWS_AHEAD * b_k : 0; // behind a short B lies what nobody needs
  tile_prefetch_c(tile, rows, panels, c);
  CK_TILE_EACH_K({
    v16 column[CK_TILE_MAX_WIDE_PANELS];
    CK_UNROLL for (int j = 0; j < panels; j++) {
      const float *from = bt + j * b_panel;
      column[j] = is_ending(form) && j + 1 == panels ? v16_load_n(from, tile->last_columns) : v16_load(from);
      if (prefetches_b(rows, panels, form))
        __builtin_prefetch(from + ahead);
    }
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
#define CK_TILE_ENDING_FUNCTIONS(ROWS, PANELS)                                                          \
  static void tile_##ROWS##x##PANELS##_ending_prefetching(const ck_tile *tile, const float *restrict a, \
                                                          const float *restrict b, float *restrict c) { \
    tile_body(tile, a, b, c, ROWS, PANELS, ENDING_PREFETCHING);                                         \
  }                                                                                                     \
  static void tile_##ROWS##x##PANELS##_ending_along_rows(const ck_tile *tile, const float *restrict a,  \
                                                         const float *restrict b, float *restrict c) {  \
    tile_body(tile, a, b, c, ROWS, PANELS, ENDING_ALONG_ROWS);                                          \
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
#if CK_HAS_ENDING_TILES
CK_FOR_ROWS(CK_TILE_ENDING_FUNCTIONS, 0)
CK_FOR_ROWS(CK_TILE_ENDING_FUNCTIONS, 1)
CK_FOR_ROWS(CK_TILE_ENDING_FUNCTIONS, 2)
#endif

#define CK_TILE_WIDE_FUNCTION(PANELS)                                                                       \
  static void tile_1x##PANELS##_wide(const ck_tile *tile, const float *restrict a, const float *restrict b, \
                                     float *restrict c) {                                                   \
    tile_body(tile, a, b, c, 1, PANELS, WIDE);                                                              \
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
#if CK_HAS_ENDING_TILES
    .ending_prefetching = {{CK_FOR_ROWS(CK_TILE_ENTRY, 0, ending_prefetching)},
                           {CK_FOR_ROWS(CK_TILE_ENTRY, 1, ending_prefetching)},
                           {CK_FOR_ROWS(CK_TILE_ENTRY, 2, ending_prefetching)}},
    .ending_along_rows = {{CK_FOR_ROWS(CK_TILE_ENTRY, 0, ending_along_rows)},
                          {CK_FOR_ROWS(CK_TILE_ENTRY, 1, ending_along_rows)},
                          {CK_FOR_ROWS(CK_TILE_ENTRY, 2, ending_along_rows)}},
#endif
    .wide_panels = CK_TILE_WIDE_PANELS,
    .wide = {CK_FOR_WIDE_PANELS(CK_TILE_WIDE_ENTRY)},
};
