#include "gemm/small_product.h"
#include "cpu/denormals.h"
#include "gemm/blocking.h"
#include "gemm/macro_kernel.h"
#include "gemm/packing.h"

enum {
  MOST_PRODUCTS = 64 * 64 * 64,
  PACKED_FLOATS = CK_LANES * K_BLOCK, // room for the last panel of any B, and for all of a little one
};

static bool is_little_work(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return !context->bf16 && k <= K_BLOCK && m <= MOST_PRODUCTS && n <= MOST_PRODUCTS && m * n * k <= MOST_PRODUCTS &&
         ck_team(context, m * n * k, CK_GEMM_GRAIN) == 1;
}

static bool fits_packed(ptrdiff_t n, ptrdiff_t k) { return ck_round_up(n, CK_LANES) * k <= PACKED_FLOATS; }

bool ck_gemm_sizes_are_small(const ck_context *context, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  return is_little_work(context, m, n, k) && fits_packed(n, k);
}

bool ck_gemm_is_small(const ck_context *context, const ck_gemm *g) {
  return is_little_work(context, g->m, g->n, g->k) && (!g->trans_b || fits_packed(g->n, g->k)) && !g->packed_b &&
         !g->part;
}

// The tiles of some columns of C, from the top down.
static void multiply_columns(const ck_tile_kernels *tiles, const ck_tile_table *table, const ck_gemm *g,
                             const ck_tile *tile, ptrdiff_t panels, const float *b, float *c) {
  ptrdiff_t left = ck_ceil_div(g->m, tiles->rows);
  for (ptrdiff_t row = 0, rows; row < g->m; row += rows, left--) {
    rows = left == 1 ? g->m - row : ck_ceil_div(g->m - row, left);
    (*table)[panels][rows - 1](tile, a_at(g, row, 0), b, c + row * g->ldc);
  }
}

// So many columns of B are read where they lie: all, or whole panels and a half one that is a tile of its own.
static ptrdiff_t columns_read_in_place(const ck_tile_kernels *tiles, const ck_gemm *g, bool one_row) {
  if (g->trans_b)
    return 0;
  if (ck_has_ending_tiles(tiles))
    return g->n;
  const bool ends_in_half = g->n % (tiles->panels * CK_LANES) == CK_TILE_HALF_WIDTH;
  return ends_in_half && !one_row && ck_has_half_width_tiles(tiles) ? g->n : g->n - g->n % CK_LANES;
}

static void multiply(const ck_context *context, const ck_gemm *g) {
  _Alignas(64) float packed[PACKED_FLOATS];
  const ck_tile_kernels *tiles = ck_tiles(context);
  const bool one_row = is_gemv(context, g);
  const ptrdiff_t plain = columns_read_in_place(tiles, g, one_row);
  if (plain < g->n)
    ck_pack_b_panels(context, g, plain, g->n - plain, 0, g->k, packed, 0);
  ck_tile tile = {.segments = 1,
                  .length = g->k,
                  .chunk = 1,
                  .a_row = g->trans_a ? 1 : g->lda,
                  .a_k = g->trans_a ? g->lda : 1,
                  .c_row = g->ldc,
                  .continues = g->continues,
                  .alpha = g->alpha,
                  .beta = g->beta,
                  .relu = g->relu};
  const ck_tile_table *table = g->trans_a ? &tiles->along_rows : &tiles->along_k;
  const ck_tile_table *ending = g->trans_a ? &tiles->ending_along_rows : &tiles->ending_prefetching;
  for (ptrdiff_t j = 0, wide; j < g->n; j += wide) {
    const bool is_plain = j < plain;
    const ptrdiff_t left = (is_plain ? plain : g->n) - j;
    wide = one_row ? ck_min(left, tiles->wide_panels * CK_LANES) : ck_tile_columns(tiles, left);
    const ptrdiff_t panels = ck_ceil_div(wide, CK_LANES);
    const float *b = is_plain ? g->b + j : packed + (j - plain) * g->k;
    tile.b_k = is_plain ? g->ldb : CK_LANES;
    tile.b_panel = is_plain ? CK_LANES : g->k * CK_LANES;
    tile.last_columns = wide - (panels - 1) * CK_LANES;
    tile.bias = g->bias ? g->bias + j : NULL;
    if (one_row)
      tiles->wide[panels - 1](&tile, g->a, b, g->c + j);
    else
      multiply_columns(tiles, is_plain && ck_tile_ends_within(wide) && ck_has_ending_tiles(tiles) ? ending : table, g,
                       &tile, ck_tile_panels(tiles, wide), b, g->c + j);
  }
  ck_gemm_activate(context, g, (ck_range){0, g->m}, (ck_range){0, g->n});
}

void ck_gemm_multiply_small(const ck_context *context, const ck_gemm *g) {
  CK_WITHOUT_DENORMALS() {
    multiply(context, g);
  }
}
