// The tile kernels of AMX. A tile register holds 16 rows of 64 bytes; four of the eight accumulate up to 32 rows times
// two panels, two hold A (16 rows of up to 16 elements) and two B (up to 16 elements of CK_LANES columns). Residual
// terms go through the same registers: A by the residual of B, A by B, the residual of A by B, so that each is loaded
// once.
//
// The kernels are written on six verbs, AMX_..., that are instructions in isa/amx.c and plain C where a test emulates
// them.
#include "gemm/tile_sums.h"

enum {
  AMX_REGISTERS = 8,
  AMX_ROWS = 16,         // rows of a register
  AMX_ROW_ELEMENTS = 16, // elements of 32 bits in a row
};
_Static_assert(AMX_ROW_ELEMENTS == CK_LANES, "a row of a register holds the columns of a panel");

// The memory operand of LDTILECFG, which has room for twice as many registers.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[2 * AMX_REGISTERS];
  uint8_t rows[2 * AMX_REGISTERS];
} amx_shapes;

// The shapes that the calling thread's tile registers have, 0 where they have none. Shaping them anew costs as much as
// a product.
static _Thread_local uint32_t amx_shaped;

static void amx_release(void) {
  if (amx_shaped)
    AMX_RELEASE();
  amx_shaped = 0;
}

// Shapes the registers for `upper` rows in 0 and 1, `lower` rows in 2 and 3, and `chunk` elements along k.
CK_INLINE void amx_shape(int upper, int lower, ptrdiff_t chunk) {
  const uint32_t wanted = (uint32_t)(upper << 16 | lower << 8 | (int)chunk);
  if (amx_shaped == wanted)
    return;
  const int rows[AMX_REGISTERS] = {upper, upper, lower, lower, upper, lower, (int)chunk, (int)chunk};
  amx_shapes shapes = {.palette = 1};
  for (int i = 0; i < AMX_REGISTERS; i++) {
    const int elements = i == 4 || i == 5 ? (int)chunk : AMX_ROW_ELEMENTS;
    shapes.rows[i] = (uint8_t)rows[i];
    shapes.row_bytes[i] = (uint16_t)(rows[i] > 0 ? (int)sizeof(float) * elements : 0);
  }
  AMX_SHAPE(&shapes);
  amx_shaped = wanted;
}

#define AMX_EACH(VERB, C, ROW)                      \
  VERB(0, C, ROW);                                  \
  if (panels == 2)                                  \
    VERB(1, (C) + CK_LANES, ROW);                   \
  if (lower > 0) {                                  \
    VERB(2, (C) + upper * (ROW), ROW);              \
    if (panels == 2)                                \
      VERB(3, (C) + upper * (ROW) + CK_LANES, ROW); \
  }

// One chunk of A goes into registers 4 (`upper` rows) and 5 (`lower`), one of B into 6 and 7; their products are added
// in 0 to 3.
CK_INLINE void amx_load_a(const float *a, ptrdiff_t row, int upper, int lower) {
  AMX_LOAD(4, a, row);
  if (lower > 0)
    AMX_LOAD(5, a + upper * row, row);
}
CK_INLINE void amx_load_b(const float *b, ptrdiff_t row, ptrdiff_t panel, int panels) {
  AMX_LOAD(6, b, row);
  if (panels == 2)
    AMX_LOAD(7, b + panel, row);
}
CK_INLINE void amx_multiply(int lower, int panels) {
  AMX_MULTIPLY(0, 4, 6);
  if (panels == 2)
    AMX_MULTIPLY(1, 4, 7);
  if (lower > 0) {
    AMX_MULTIPLY(2, 5, 6);
    if (panels == 2)
      AMX_MULTIPLY(3, 5, 7);
  }
}

// `rows` and `panels` are constants at each call.
CK_INLINE void amx_tile(const ck_tile *tile, const float *a, const float *b, float *c, const int rows,
                        const int panels) {
  enum { SUMS_ROW = CK_TILE_MAX_PANELS * CK_LANES };
  const int upper = rows > AMX_ROWS ? (rows + 1) / 2 : rows, lower = rows - upper;
  const ptrdiff_t chunk = tile->chunk;
  // Where C needs no arithmetic of its own, what is added to it is added in the registers: in every tile of a product,
  // whether its columns are whole or not, for the bits must not depend on how columns fall into tiles.
  const bool plain = tile->alpha == 1.0f && tile->bias == NULL && !tile->relu;
  const bool adds = plain && (tile->beta == 1.0f || tile->continues);
  const bool direct = (adds || (plain && tile->beta == 0.0f)) && tile->last_columns == CK_LANES;
  float sums[2 * AMX_ROWS * SUMS_ROW] __attribute__((aligned(64)));
  amx_shape(upper, lower, chunk);
  if (adds && direct) {
    AMX_EACH(AMX_LOAD, c, tile->c_row)
  } else if (adds) {
    for (int i = 0; i < rows; i++) {
      if (panels == 2)
        v16_store(sums + i * SUMS_ROW, v16_load(c + i * tile->c_row));
      const int last = (panels - 1) * CK_LANES;
      v16_store(sums + i * SUMS_ROW + last, v16_load_n(c + i * tile->c_row + last, tile->last_columns));
    }
    AMX_EACH(AMX_LOAD, sums, SUMS_ROW)
  } else {
    AMX_ZERO(0);
    AMX_ZERO(1);
    if (lower > 0) {
      AMX_ZERO(2);
      AMX_ZERO(3);
    }
  }
  // Registers that are loaded from C wait for it, so that it is prefetched one tile ahead: the rows below, two a chunk.
  const float *below = c + rows * tile->c_row;
  int rows_below = tile->prefetches_c ? rows : 0;
  for (ptrdiff_t s = 0; s < tile->segments; s++) {
    const float *at = a + (tile->a_segment ? tile->a_segment[s] : 0);
    const float *bt = b + (tile->b_segment ? tile->b_segment[s] : 0);
    for (ptrdiff_t k = 0; k < tile->length; k += chunk, at += chunk, bt += chunk * tile->b_k) {
      for (int i = 0; i < 2 && rows_below > 0; i++, rows_below--, below += tile->c_row) {
        __builtin_prefetch(below, 1);
        if (panels == 2)
          __builtin_prefetch(below + CK_LANES, 1);
      }
      amx_load_a(at, tile->a_row, upper, lower);
      if (tile->b_lo) {
        amx_load_b(bt + tile->b_lo, tile->b_k, tile->b_panel, panels);
        amx_multiply(lower, panels);
      }
      amx_load_b(bt, tile->b_k, tile->b_panel, panels);
      amx_multiply(lower, panels);
      if (tile->a_lo) {
        amx_load_a(at + tile->a_lo, tile->a_row, upper, lower);
        amx_multiply(lower, panels);
      }
    }
  }
  if (direct) {
    AMX_EACH(AMX_STORE, c, tile->c_row)
    return;
  }
  AMX_EACH(AMX_STORE, sums, SUMS_ROW)
  ck_tile end = *tile;
  end.beta = adds ? 0.0f : tile->beta;
  for (int i = 0; i < rows; i++) {
    v16 row[1][CK_TILE_MAX_WIDE_PANELS] = {{v16_load(sums + i * SUMS_ROW)}};
    if (panels == 2)
      row[0][1] = v16_load(sums + i * SUMS_ROW + CK_LANES);
    tile_store(&end, 1, panels, row, c + i * tile->c_row);
  }
}

#define AMX_FUNCTION(ROWS, PANELS)                                                                        \
  static void amx_tile_##ROWS##x##PANELS(const ck_tile *tile, const float *a, const float *b, float *c) { \
    amx_tile(tile, a, b, c, ROWS, PANELS);                                                                \
  }
#define AMX_ENTRY(ROWS, PANELS) amx_tile_##ROWS##x##PANELS,
#define AMX_FOUR_ROWS(X, A, B, C, D, PANELS) X(A, PANELS) X(B, PANELS) X(C, PANELS) X(D, PANELS)
#define AMX_FOR_ROWS(X, PANELS)            \
  AMX_FOUR_ROWS(X, 1, 2, 3, 4, PANELS)     \
  AMX_FOUR_ROWS(X, 5, 6, 7, 8, PANELS)     \
  AMX_FOUR_ROWS(X, 9, 10, 11, 12, PANELS)  \
  AMX_FOUR_ROWS(X, 13, 14, 15, 16, PANELS) \
  AMX_FOUR_ROWS(X, 17, 18, 19, 20, PANELS) \
  AMX_FOUR_ROWS(X, 21, 22, 23, 24, PANELS) \
  AMX_FOUR_ROWS(X, 25, 26, 27, 28, PANELS) \
  AMX_FOUR_ROWS(X, 29, 30, 31, 32, PANELS)

AMX_FOR_ROWS(AMX_FUNCTION, 1)
AMX_FOR_ROWS(AMX_FUNCTION, 2)

static const ck_tile_kernels amx_tiles = {
    .rows = 2 * AMX_ROWS,
    .panels = 2,
    .along_k = {{NULL}, {AMX_FOR_ROWS(AMX_ENTRY, 1)}, {AMX_FOR_ROWS(AMX_ENTRY, 2)}},
};

// A table of these kernels; packing comes from gemm/bf16_pack_kernel.h.
#define AMX_BF16_KERNELS(TERMS)      \
  {                                  \
      .terms = (TERMS),              \
      .tiles = &amx_tiles,           \
      .any_length = &ck_bf16_avx512, \
      .chunk = AMX_ROW_ELEMENTS,     \
      CK_BF16_PACKING,               \
      .release = amx_release,        \
  }
