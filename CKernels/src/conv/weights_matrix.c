// The weights' gradient of tiny images as one product of matrices (matrix.h): k runs over the batch. What belongs to
// one tap is added up as soon as a few channels' rows are known, while they are in the cache.
#include "conv/matrix.h"
#include "conv/weights_algorithm.h"
#include "gemm/gemm.h"

enum {
  BLOCK_FLOATS = 131072, // of the product at a time: they stay in the second-level cache
  BLOCKS = 16,           // that channels are cut into at least, for the threads to share
};

typedef struct {
  pixel_taps taps;
  ptrdiff_t n;             // of the product: output pixels times filter lanes
  ptrdiff_t next_slice;    // from one slice's packed dy to the next
  ptrdiff_t slice_product; // numbers of one slice's whole product, which is kept between the parts of a batch
  ptrdiff_t block;         // channels of a block
  ptrdiff_t product, sums; // in scratch: rows of the product; each tap's sums
} matrix_plan;

// So many channels' rows, over so many images.
static ck_gemm product_of(const conv_layout *l, const matrix_plan *own, ptrdiff_t channels, ptrdiff_t batch) {
  return (ck_gemm){.trans_a = true,
                   .m = channels * own->taps.inputs,
                   .n = own->n,
                   .k = batch,
                   .alpha = 1.0f,
                   .lda = l->slices * conv_x_count(&l->conv),
                   .ldb = l->slices * own->n,
                   .ldc = own->n};
}

static void plan_matrix(weights_plan *p, ck_workspace *memory) {
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  matrix_plan own = {.taps = conv_pixel_taps(c, memory)};
  own.n = own.taps.outputs * l->filter_lanes;
  own.next_slice = ck_gemm_packed_floats(&l->context, own.n, c->batch);
  own.slice_product = conv_x_count(c) * own.n;
  own.block = ck_min(ck_max(BLOCK_FLOATS / (own.taps.inputs * own.n), 1), ck_ceil_div(c->channels, BLOCKS));
  const ck_gemm product = product_of(l, &own, own.block, c->batch);
  ptrdiff_t end = ck_round_up(ck_gemm_packed_scratch_floats(&l->context, &product), CK_LANES);
  own.product = ck_place(&end, product.m * own.n);
  own.sums = ck_place(&end, l->taps * l->filter_lanes);
  p->scratch_floats = end;
  p->packed_floats = l->slices * own.next_slice;
  p->sums_floats = 2 * l->slices * own.slice_product;
  p->own = ck_keep(memory, &own, sizeof own);
}

// Adds up what the rows of one channel say of each tap, and writes that.
static void add_taps(const weights_plan *p, const float *rows, float *sums, float *dw) {
  const matrix_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ptrdiff_t lanes = l->filter_lanes;
  memset(sums, 0, (size_t)(l->taps * lanes) * sizeof *sums);
  for (ptrdiff_t i = 0; i < own->taps.inputs; i++) {
    for (ptrdiff_t o = 0; o < own->taps.outputs; o++) {
      const ptrdiff_t tap = own->taps.tap[i * own->taps.outputs + o];
      if (tap >= 0)
        l->context.kernels->add(lanes, sums + tap * lanes, rows + i * own->n + o * lanes);
    }
  }
  l->context.kernels->transpose(l->taps, l->conv.filters, sums, lanes, NULL, dw, l->conv.channels * l->taps, l->taps);
}

// What is kept of a batch in parts, from channel `channel` on: the products, and behind all of them their open blocks
// of k, which have the same places.
static ck_batch_part sums_from(const weights_plan *p, const ck_batch_part *part, ptrdiff_t slice, ptrdiff_t channel,
                               float **products) {
  const matrix_plan *own = p->own;
  *products = part->sums + slice * own->slice_product + channel * own->taps.inputs * own->n;
  return (ck_batch_part){part->first, part->whole, *products + p->layout.slices * own->slice_product};
}

static void compute_batch(const weights_plan *p, const float *x, const float *dy, ptrdiff_t batch,
                          const ck_batch_part *part, float *packed, float *scratch, float *dw) {
  const matrix_plan *own = p->own;
  const conv_layout *l = &p->layout;
  const ck_conv2d *c = &l->conv;
  for (ptrdiff_t slice = 0; slice < l->slices; slice++) {
    ck_gemm product = product_of(l, own, 0, batch);
    product.b = dy + slice * own->n;
    product.part = part;
    ck_gemm_pack_b_share(&l->context, &product, ck_this_worker(), packed + slice * own->next_slice);
  }
  ck_barrier();
  const bool is_complete = !part || part->first + batch == part->whole;
  const ptrdiff_t blocks = ck_ceil_div(c->channels, own->block);
  const ck_range mine = ck_my_share(l->slices * blocks, 1);
  for (ptrdiff_t i = mine.first; i < mine.first + mine.count; i++) {
    const ptrdiff_t slice = i / blocks;
    const ck_range channels = ck_share(c->channels, blocks, i % blocks, 1);
    float *rows = scratch + own->product;
    ck_batch_part sums;
    ck_gemm product = product_of(l, own, channels.count, batch);
    if (part) {
      sums = sums_from(p, part, slice, channels.first, &rows);
      product.part = &sums;
    }
    product.a = x + slice * conv_x_count(c) + channels.first * own->taps.inputs;
    product.packed_b = packed + slice * own->next_slice;
    product.c = rows;
    ck_gemm_multiply_packed(&l->context, &product, (ck_worker){0, 1}, scratch);
    for (ptrdiff_t k = 0; is_complete && k < channels.count; k++)
      add_taps(p, rows + k * own->taps.inputs * own->n, scratch + own->sums,
               dw + slice * conv_w_count(c) + (channels.first + k) * l->taps);
  }
}

const weights_algorithm conv_weights_matrix = {.choice = {CK_CONV_MATRIX, conv_matrix_supports, conv_matrix_pays},
                                               .plan = plan_matrix,
                                               .compute_batch = compute_batch};
