// How the sums of a tile go on from C, and into it.
#include "dispatch/tile.h"
#include "simd/v16.h"

// The sums as they are in C, for a chain that goes on.
CK_INLINE void tile_load(const ck_tile *tile, int rows, int panels, v16 acc[][CK_TILE_MAX_WIDE_PANELS],
                         const float *c) {
  CK_UNROLL for (int i = 0; i < rows; i++) {
    CK_UNROLL for (int j = 0; j < panels; j++) {
      const float *from = c + i * tile->c_row + j * CK_LANES;
      acc[i][j] = j + 1 < panels ? v16_load(from) : v16_load_n(from, tile->last_columns);
    }
  }
}

CK_INLINE void tile_store(const ck_tile *tile, int rows, int panels, v16 acc[][CK_TILE_MAX_WIDE_PANELS], float *c) {
  const ptrdiff_t last = tile->last_columns;
  const bool scaled = tile->alpha != 1.0f || (tile->beta != 0.0f && tile->beta != 1.0f);
  CK_UNROLL for (int i = 0; i < rows; i++) {
    CK_UNROLL for (int j = 0; j < panels; j++) {
      float *to = c + i * tile->c_row + j * CK_LANES;
      const bool whole = j + 1 < panels;
      v16 value = acc[i][j];
      if (scaled)
        value *= tile->alpha;
      if (tile->beta != 0.0f) {
        const v16 old = whole ? v16_load(to) : v16_load_n(to, last);
        value = scaled ? v16_fma(old, v16_splat(tile->beta), value) : value + old;
      }
      if (tile->bias)
        value += whole ? v16_load(tile->bias + j * CK_LANES) : v16_load_n(tile->bias + j * CK_LANES, last);
      if (tile->row_bias)
        value += tile->row_bias[i];
      if (tile->relu)
        value = v16_max(v16_splat(0.0f), value);
      if (whole)
        v16_store(to, value);
      else
        v16_store_n(to, value, last);
    }
  }
}
