// The sizes that the blocked product goes by: what of A and B is packed, how much at a time, into how large a buffer.
#ifndef CK_GEMM_BLOCKING_H
#define CK_GEMM_BLOCKING_H

#include "cpu/workspace.h"
#include "dispatch/precision.h"
#include "gemm/gemm.h"

enum {
  K_BLOCK = CK_GEMM_K_BLOCK, // elements along k: part of the result, the same on every instruction set
  ROW_BLOCK = 336,           // rows of A taken at a time, about: 336 x 384 elements are half a megabyte of L2
  COLUMN_BLOCK = 2048,       // columns of B packed at a time, for all threads: 3 MB, of fewer columns more blocks of k
  // Below, each number of a scattered A, or of B, is read so few times that packing costs more than it saves.
  PACK_A_FROM_COLUMNS = 129,
  PACK_B_FROM_ROWS = 513,
  NEAR_ROW_FLOATS = 256, // so far apart, rows of a transposed A stay in the first-level TLB for a whole block of k
  SHORT_DEPTH = 64,      // a tile of so few steps along k is done before the C that it would prefetch is there
  NEAR_COLUMNS = 256,    // columns of B read for each tile's rows of A: 256 x 384 elements are 400 KB of L2
  NEAR_B_FLOATS = 6144,  // 24 KB of the first-level cache, where some rows of A and of C have room besides
};

// A block has so many numbers along k.
static inline ptrdiff_t k_block(const ck_context *context) { return K_BLOCK * ck_vnni_factor(context); }

// Rows that are a multiple of a page apart fall into one set of the cache, so that such matrices are always packed.
static inline bool collides(ptrdiff_t row_floats) { return row_floats % 1024 == 0; }
// Whether a block of B stays in the first-level cache.
static inline bool b_stays_near(const ck_context *context, const ck_gemm *g) {
  return !context->bf16 && g->n <= NEAR_B_FLOATS && ck_min(g->k, K_BLOCK) * g->n <= NEAR_B_FLOATS;
}
// Whether a tile's numbers of A lie in many pages, or are small parts of many cache lines.
static inline bool is_scattered(const ck_context *context, const ck_gemm *g) {
  return g->trans_a && (g->lda > NEAR_ROW_FLOATS || ck_tiles(context)->rows < CK_LANES / 2);
}
static inline bool packs_a(const ck_context *context, const ck_gemm *g) {
  return context->bf16 || collides(g->lda) ||
         (is_scattered(context, g) && g->n >= PACK_A_FROM_COLUMNS && g->m > ck_tiles(context)->rows &&
          !b_stays_near(context, g));
}
static inline bool packs_b(const ck_context *context, const ck_gemm *g) {
  return !g->packed_b &&
         (context->bf16 || g->trans_b || (g->n % CK_LANES != 0 && !ck_has_ending_tiles(ck_tiles(context))) ||
          g->m >= PACK_B_FROM_ROWS || collides(g->ldb));
}

// k numbers fill so many elements, rounded up to whole chunks.
static inline ptrdiff_t elements(const ck_context *context, ptrdiff_t k) {
  if (!context->bf16) // the divisions would show in small products
    return k;
  return ck_round_up(ck_ceil_div(k, ck_vnni_factor(context)), ck_chunk(context));
}
// So many rows of A are packed at a time: those of whole tiles.
static inline ptrdiff_t row_block(const ck_context *context) { return ROW_BLOCK - ROW_BLOCK % ck_tiles(context)->rows; }
// The deepest block has so many elements along k.
static inline ptrdiff_t deepest_block(const ck_context *context, const ck_gemm *g) {
  return ck_min(elements(context, g->k), K_BLOCK);
}
// A buffer holds the elements and then, where numbers have two terms, as many of the residuals.
static inline ptrdiff_t a_buffer_elements(const ck_context *context, const ck_gemm *g) {
  return packs_a(context, g) ? ck_min(g->m, row_block(context)) * deepest_block(context, g) : 0;
}
static inline ptrdiff_t a_buffer_floats(const ck_context *context, const ck_gemm *g) {
  return ck_terms(context) * a_buffer_elements(context, g);
}
static inline bool is_gemv(const ck_context *context, const ck_gemm *g) {
  return g->m == 1 && (context->bf16 || !g->trans_a) && ck_tiles(context)->wide_panels > 0;
}
// Whether C is skinny, one tile high: each number of B is read once, so that nothing is gained from sharing what is
// packed.
static inline bool is_skinny(const ck_context *context, const ck_gemm *g) {
  return (g->packed_b || packs_b(context, g) || is_gemv(context, g)) && g->m <= ck_tiles(context)->rows;
}
// A worker packs and multiplies so many columns of a skinny product at a time.
static inline ptrdiff_t skinny_width(const ck_context *context, const ck_gemm *g) {
  const ck_tile_kernels *tiles = ck_tiles(context);
  return (is_gemv(context, g) ? tiles->wide_panels : tiles->panels) * CK_LANES;
}

static inline ptrdiff_t packed_columns(const ck_gemm *g) { return ck_min(ck_round_up(g->n, CK_LANES), COLUMN_BLOCK); }
// So much of k is packed at a time. A team of several packs more, for it has to meet before and after.
static inline ptrdiff_t b_block_depth(const ck_context *context, const ck_gemm *g, int team) {
  return k_block(context) * (team == 1 || g->n == 0 ? 1 : COLUMN_BLOCK / packed_columns(g));
}
static inline ptrdiff_t b_buffer_elements(const ck_context *context, const ck_gemm *g, int team) {
  if (!packs_b(context, g))
    return 0;
  return is_skinny(context, g) ? team * skinny_width(context, g) * deepest_block(context, g)
                               : packed_columns(g) * elements(context, ck_min(g->k, b_block_depth(context, g, team)));
}
static inline ptrdiff_t b_buffer_floats(const ck_context *context, const ck_gemm *g, int team) {
  return ck_terms(context) * b_buffer_elements(context, g, team);
}
// All of B takes so many elements where it was packed beforehand; a block of it starts here.
static inline ptrdiff_t packed_b_elements(const ck_context *context, ptrdiff_t n, ptrdiff_t k) {
  return ck_round_up(n, CK_LANES) * elements(context, k);
}
static inline const float *packed_block(const ck_context *context, const ck_gemm *g, ptrdiff_t column, ptrdiff_t k,
                                        ptrdiff_t depth) {
  return g->packed_b + packed_b_elements(context, g->n, k) + column * elements(context, depth);
}
// The distance to B's residual terms, wherever B is packed.
static inline ptrdiff_t b_lo(const ck_context *context, const ck_gemm *g, int team) {
  return ck_lo_distance(context,
                        g->packed_b ? packed_b_elements(context, g->n, g->k) : b_buffer_elements(context, g, team));
}

static inline const float *a_at(const ck_gemm *g, ptrdiff_t row, ptrdiff_t k) {
  return g->a + (g->trans_a ? k * g->lda + row : row * g->lda + k);
}
static inline const float *b_at(const ck_gemm *g, ptrdiff_t k, ptrdiff_t column) {
  return g->b + (g->trans_b ? column * g->ldb + k : k * g->ldb + column);
}

#endif
