// Adds a bias to every row, and sums the rows for its gradient.
#include "simd/v16.h"

static void bias_forward(ptrdiff_t rows, ptrdiff_t columns, const float *restrict bias, float *restrict y,
                         ptrdiff_t row) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j += CK_LANES) {
      const ptrdiff_t n = columns - j < CK_LANES ? columns - j : CK_LANES;
      float *at = y + i * row + j;
      v16_store_n(at, v16_load_n(at, n) + v16_load_n(bias + j, n), n);
    }
  }
}

// `panels` is a constant at each call; the last of them has `last` columns.
CK_INLINE void bias_backward_vectors(ptrdiff_t rows, const int panels, ptrdiff_t last, const float *restrict dy,
                                     ptrdiff_t row, const float *restrict y, float *restrict masked,
                                     ptrdiff_t masked_row, float *restrict dbias, bool continues) {
  v16 total[4];
  CK_UNROLL for (int s = 0; s < panels; s++) total[s] =
      continues && dbias ? v16_load_first(dbias + s * CK_LANES, s + 1 < panels ? CK_LANES : last) : v16_splat(0.0f);
  for (ptrdiff_t i = 0; i < rows; i++) {
    CK_UNROLL for (int s = 0; s < panels; s++) {
      const ptrdiff_t n = s + 1 < panels ? CK_LANES : last, at = s * CK_LANES;
      v16 d = v16_load_first(dy + i * row + at, n);
      if (y) {
        d = v16_select(v16_load_first(y + i * row + at, n) > 0.0f, d, v16_splat(0.0f));
        v16_store_first(masked + i * masked_row + at, d, n);
      }
      total[s] += d;
    }
  }
  if (dbias)
    CK_UNROLL for (int s = 0; s < panels; s++)
        v16_store_first(dbias + s * CK_LANES, total[s], s + 1 < panels ? CK_LANES : last);
}

// Sums each column of dy into dbias, which may be NULL, and from which a sum that continues goes on. After a ReLU, y is
// its output: dy counts as zero where y is not above zero, and `masked` gets what counts.
static void bias_backward(ptrdiff_t rows, ptrdiff_t columns, const float *restrict dy, ptrdiff_t row,
                          const float *restrict y, float *restrict masked, ptrdiff_t masked_row, float *restrict dbias,
                          bool continues) {
  for (ptrdiff_t j = 0; j < columns; j += 4 * CK_LANES) {
    const ptrdiff_t left = columns - j, last = (left - 1) % CK_LANES + 1;
    const float *of_y = y ? y + j : NULL;
    float *to = y ? masked + j : NULL, *sums = dbias ? dbias + j : NULL;
    if (left > 3 * CK_LANES)
      bias_backward_vectors(rows, 4, left < 4 * CK_LANES ? last : CK_LANES, dy + j, row, of_y, to, masked_row, sums,
                            continues);
    else if (left > 2 * CK_LANES)
      bias_backward_vectors(rows, 3, last, dy + j, row, of_y, to, masked_row, sums, continues);
    else if (left > CK_LANES)
      bias_backward_vectors(rows, 2, last, dy + j, row, of_y, to, masked_row, sums, continues);
    else
      bias_backward_vectors(rows, 1, last, dy + j, row, of_y, to, masked_row, sums, continues);
  }
}
