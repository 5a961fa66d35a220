// The forward pass and the input's gradient of tiny images, each as one product of matrices (matrix.h): B is the
// weights, every tap repeated for each pair of pixels that it joins, in the panels that GEMM reads.
#include "conv/image_algorithm.h"
#include "conv/matrix.h"
#include "gemm/gemm.h"
#include <string.h>

typedef struct {
  pixel_taps taps;
  ptrdiff_t from_pixels, to_pixels; // of a source image, and of what is computed
  ptrdiff_t from_step, to_step;     // in the table of taps, from one such pixel to the next
  ptrdiff_t depth;                  // groups of taps that a pixel is multiplied by, zeros beyond the order's depth
  ptrdiff_t pixel_rows, group_rows; // rows of B from one source pixel to the next, from one group to the next
  ptrdiff_t k, n;                   // of the product: numbers of a source image, and of what is computed
} matrix_plan;

// One slice's product for so many images.
static ck_gemm product_of(const conv_layout *l, const matrix_plan *own, ptrdiff_t batch) {
  return (ck_gemm){
      .m = batch, .n = own->n, .k = own->k, .alpha = 1.0f, .lda = l->slices * own->k, .ldc = l->slices * own->n};
}

static void plan_product(image_plan *p, ck_workspace *memory, matrix_plan own) {
  const conv_layout *l = &p->layout;
  own.k = own.depth * own.from_pixels;
  own.n = own.to_pixels * p->lanes;
  const ck_gemm product = product_of(l, &own, l->conv.batch);
  p->row_unit = conv_pools(&l->conv) ? 2 : 1;
  p->next_slice = ck_gemm_packed_floats(&l->context, own.n, own.k);
  p->packed_floats = l->slices * p->next_slice;
  p->scratch_floats = ck_gemm_packed_scratch_floats(&l->context, &product);
  p->own = ck_keep(memory, &own, sizeof own);
}

// x as it lies: its planes, one behind the other.
static void plan_forward(image_plan *p, ck_workspace *memory) {
  const pixel_taps taps = conv_pixel_taps(&p->layout.conv, memory);
  plan_product(p, memory,
               (matrix_plan){.taps = taps,
                             .from_pixels = taps.inputs,
                             .to_pixels = taps.outputs,
                             .from_step = taps.outputs,
                             .to_step = 1,
                             .depth = p->order.depth,
                             .pixel_rows = 1,
                             .group_rows = taps.inputs});
}

// dy interleaved, up to whole lanes of filters.
static void plan_input(image_plan *p, ck_workspace *memory) {
  const pixel_taps taps = conv_pixel_taps(&p->layout.conv, memory);
  plan_product(p, memory,
               (matrix_plan){.taps = taps,
                             .from_pixels = taps.outputs,
                             .to_pixels = taps.inputs,
                             .from_step = 1,
                             .to_step = taps.outputs,
                             .depth = p->layout.filter_lanes,
                             .pixel_rows = p->layout.filter_lanes,
                             .group_rows = 1});
}

// One panel's outputs for one group of taps of the slice `w`: taps that are neighbours in memory go to all their places
// while they are in the cache.
static void pack_group(const image_plan *p, ptrdiff_t panel, ptrdiff_t group, const float *w, float *packed) {
  const matrix_plan *own = p->own;
  float taps[CONV_MATRIX_MOST_TAPS * CK_LANES];
  static const float zeros[CK_LANES];
  const bool is_filled = group < p->order.depth;
  if (is_filled)
    conv_pack_taps(p->layout.context.kernels, &p->order, panel, group, w, taps, CK_LANES);
  for (ptrdiff_t to = 0; to < own->to_pixels; to++) {
    const ptrdiff_t column = to * p->lanes + panel * CK_LANES;
    for (ptrdiff_t from = 0; from < own->from_pixels; from++) {
      const ptrdiff_t tap = own->taps.tap[from * own->from_step + to * own->to_step];
      const ptrdiff_t row = from * own->pixel_rows + group * own->group_rows;
      memcpy(packed + ck_gemm_packed_at(own->n, own->k, column, row),
             is_filled && tap >= 0 ? taps + tap * CK_LANES : zeros, sizeof zeros);
    }
  }
}

static void pack_weights(const image_plan *p, const float *w, float *packed) {
  const matrix_plan *own = p->own;
  const ptrdiff_t in_slice = p->lanes / CK_LANES * own->depth;
  const ck_range mine = ck_my_share(p->layout.slices * in_slice, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t slice = i / in_slice, panel = i % in_slice / own->depth;
    pack_group(p, panel, i % own->depth, w + slice * p->order.next_slice, packed + slice * p->next_slice);
  }
  ck_barrier();
}

static void compute_batch(const image_plan *p, const float *packed, const float *from, ptrdiff_t batch, float *scratch,
                          float *to) {
  const matrix_plan *own = p->own;
  ck_gemm product = product_of(&p->layout, own, batch);
  for (ptrdiff_t slice = 0; slice < p->layout.slices; slice++) {
    product.a = from + slice * own->k;
    product.packed_b = packed + slice * p->next_slice;
    product.c = to + slice * own->n;
    ck_gemm_multiply_packed(&p->layout.context, &product, ck_this_worker(), scratch);
  }
  ck_barrier();
}

const image_algorithm conv_forward_matrix = {.choice = {CK_CONV_MATRIX, conv_matrix_supports, conv_matrix_pays},
                                             .plan = plan_forward,
                                             .pack_weights = pack_weights,
                                             .compute_batch = compute_batch};
const image_algorithm conv_input_matrix = {.choice = {CK_CONV_MATRIX, conv_matrix_supports, conv_matrix_pays},
                                           .plan = plan_input,
                                           .pack_weights = pack_weights,
                                           .compute_batch = compute_batch};
