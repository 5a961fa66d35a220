// How the sums of a tile go on from C, and into it.
#include "dispatch/tile.h"
#include "simd/v16.h"

// A panel's columns of a row, the last of which may have fewer.
CK_INLINE v16 panel_load(const ck_tile *tile, int panels, int j, const float *row) {
  const float *from = row + j * CK_LANES;
  return j + 1 < panels ? v16_load(from) : v16_load_n(from, tile->last_columns);
}
CK_INLINE void panel_store(const ck_tile *tile, int panels, int j, v16 value, float *row) {
  float *to = row + j * CK_LANES;
  if (j + 1 < panels)
    v16_store(to, value);
  else
    v16_store_n(to, value, tile->last_columns);
}

#define CK_EACH_SUM CK_UNROLL for (int i = 0; i < rows; i++) CK_UNROLL for (int j = 0; j < panels; j++)

// The sums as they are in C, for a chain that goes on.
CK_INLINE void tile_load(const ck_tile *tile, int rows, int panels, v16 acc[][CK_TILE_MAX_WIDE_PANELS],
                         const float *c) {
  CK_EACH_SUM acc[i][j] = panel_load(tile, panels, j, c + i * tile->c_row);
}

// What is asked is asked once, for all sums, which are in registers. If each of them asked, the compiler would make a
// copy of the loops for each set of answers: three times the code, which takes twice as long to compile.
CK_INLINE void tile_store(const ck_tile *tile, int rows, int panels, v16 acc[][CK_TILE_MAX_WIDE_PANELS], float *c) {
  const bool scaled = tile->alpha != 1.0f || (tile->beta != 0.0f && tile->beta != 1.0f);
  if (scaled)
    CK_EACH_SUM acc[i][j] *= tile->alpha;
  if (scaled && tile->beta != 0.0f)
    CK_EACH_SUM acc[i][j] = v16_fma(panel_load(tile, panels, j, c + i * tile->c_row), v16_splat(tile->beta), acc[i][j]);
  else if (tile->beta != 0.0f)
    CK_EACH_SUM acc[i][j] += panel_load(tile, panels, j, c + i * tile->c_row);
  if (tile->bias)
    CK_EACH_SUM acc[i][j] += panel_load(tile, panels, j, tile->bias);
  if (tile->row_bias)
    CK_EACH_SUM acc[i][j] += tile->row_bias[i];
  if (tile->relu)
    CK_EACH_SUM acc[i][j] = v16_max(v16_splat(0.0f), acc[i][j]);
  CK_EACH_SUM panel_store(tile, panels, j, acc[i][j], c + i * tile->c_row);
}
