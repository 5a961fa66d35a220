// The forward pass of a depthwise convolution of 3 x 3 taps on planes as they lie, neighbouring pixels in the lanes:
// nothing is interleaved and brought back, which takes as long as the sums. Each output is the chain of
// forward_depthwise.c, whose bits it has; that serves what is not said to be supported here.
#include "conv/depthwise.h"
#include <string.h>

// A plane in scratch, with its border of zeros; rows begin at a cache line with the first pixel of the plane's.
typedef struct {
  ptrdiff_t left, row;
} planes_plan;

// Where lanes would stay empty, because planes are narrow, channels fill them.
static bool supports(const ck_context *context, const ck_conv2d *c) {
  const ptrdiff_t width = ck_conv2d_out_width(c);
  return conv_has_groups(context, c) && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_height == 1 &&
         c->stride_width == 1 && !conv_dilates(c) && c->pad_height >= 0 && c->pad_width >= 0 &&
         c->pad_width <= CK_LANES && !conv_pools(c) && 3 * width >= 2 * ck_round_up(width, CK_LANES);
}

static void plan_planes(image_plan *p, ck_workspace *memory) {
  const ck_conv2d *c = &p->layout.conv;
  planes_plan own = {.left = c->pad_width > 0 ? CK_LANES : 0};
  const ptrdiff_t seen = ck_round_up(p->width, CK_LANES) + c->kernel_width - 1 - c->pad_width;
  own.row = own.left + ck_round_up(ck_max(c->width, seen), CK_LANES);
  p->row_unit = 1;
  p->next_slice = conv_w_count(c);
  p->packed_floats = p->layout.slices * p->next_slice;
  p->scratch_floats = (p->height + c->kernel_height - 1) * own.row;
  p->own = ck_keep(memory, &own, sizeof own);
}

static void compute_planes(const image_plan *p, const float *packed, const float *x, const float *bias,
                           const float *shortcut, ck_range pixels, float *scratch, float *y, image_prefetch *next) {
  const planes_plan *own = p->own;
  const ck_conv2d *c = &p->layout.conv;
  const ck_kernel_set *kernels = p->layout.context.kernels;
  const ck_range rows = {pixels.first / p->width, pixels.count / p->width};
  // Of the input's rows those that are seen, and where the first of them goes.
  const ptrdiff_t top = rows.first - c->pad_height, first = ck_max(top, 0);
  const ptrdiff_t count = ck_max(ck_min(top + rows.count + c->kernel_height - 1, c->height) - first, 0);
  const ptrdiff_t taps = p->layout.taps, times = c->filters / c->channels, plane = p->height * p->width;
  memset(scratch, 0, (size_t)((rows.count + c->kernel_height - 1) * own->row) * sizeof(float));
  for (ptrdiff_t f = 0; f < c->filters; f++) {
    if (f % times == 0)
      kernels->copy_rows(count, c->width, x + (f / times * c->height + first) * c->width, c->width,
                         scratch + (first - top) * own->row + own->left, own->row);
    const ptrdiff_t at = f * plane + pixels.first;
    kernels->depthwise_plane(rows.count, p->width, scratch + own->left - c->pad_width, own->row, packed + f * taps,
                             bias ? bias + f : NULL, shortcut ? shortcut + at : NULL, conv_rectifies(c), y + at);
    image_prefetch_step(next);
  }
}

static ptrdiff_t prefetch_steps(const image_plan *p, ptrdiff_t rows) {
  (void)rows;
  return p->layout.conv.filters;
}

const image_algorithm conv_forward_depthwise_planes = {.choice = {CK_CONV_DEPTHWISE, supports, NULL},
                                                       .plan = plan_planes,
                                                       .pack_weights = conv_copy_weights,
                                                       .compute_planes = compute_planes,
                                                       .prefetch_steps = prefetch_steps};
