// The forward pass: filters in the lanes, up to 14 neighbouring pixels in a tile.
#include "conv/conv2d_plan.h"
#include <string.h>

enum { FORWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

typedef struct {
  float *weights;                   // packed: [strip of filters][kernel row][kernel column][channel][16]
  ptrdiff_t *x_segment, *w_segment; // where each row of the kernel starts
  float *x, *chunk, *pooled;        // one of each a thread, so many floats apart:
  ptrdiff_t x_floats, chunk_floats, pooled_floats;
  ptrdiff_t chunk_rows;
} forward_scratch;

static forward_scratch take_scratch(ck_workspace *workspace, const conv2d_plan *p, int threads) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t unit = conv2d_pools(p) ? 2 : 1;
  forward_scratch s = {.chunk_rows = conv2d_chunk_rows(p->out_width, p->filter_lanes, p->out_height, unit)};
  s.weights = ck_take_floats(workspace, conv2d_taps(p) * c->channels * p->filter_lanes);
  s.x_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * c->kernel_height);
  s.w_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * c->kernel_height);
  s.x_floats = conv2d_reads_x_directly(p) ? 0 : ck_round_up(conv2d_x_floats(p), CONV_LANES);
  s.chunk_floats = s.chunk_rows * p->out_width * p->filter_lanes;
  s.pooled_floats = conv2d_pools(p) ? s.chunk_floats / 4 : 0;
  s.x = ck_take_floats(workspace, threads * s.x_floats);
  s.chunk = ck_take_floats(workspace, threads * s.chunk_floats);
  s.pooled = ck_take_floats(workspace, threads * s.pooled_floats);
  return s;
}

size_t conv2d_forward_bytes(const ck_context *context, const ck_conv2d *conv) {
  const conv2d_plan p = conv2d_plan_make(conv, false);
  ck_workspace workspace = {NULL, 0};
  take_scratch(&workspace, &p, context->threads);
  return workspace.used;
}

// One piece packs one channel of one strip; pieces are shared out among the team.
static void pack_weights(const ck_kernel_set *kernels, const conv2d_plan *p, const float *w, ck_range pieces,
                         float *packed) {
  const ptrdiff_t channels = p->conv.channels, taps = conv2d_taps(p), filter = channels * taps;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++) {
    const ptrdiff_t strip = i / channels, channel = i % channels, first = strip * CONV_LANES;
    const ptrdiff_t filters = ck_min(p->conv.filters - first, CONV_LANES);
    kernels->transpose(filters, taps, w + first * filter + channel * taps, filter, NULL,
                       packed + (strip * filter + channel) * CONV_LANES, channels * CONV_LANES, CONV_LANES);
  }
}

// Tiles for `high` rows of the convolution from row `first` on, whose input is `x`, padded and interleaved.
static void convolve_chunk(const ck_kernel_set *kernels, const conv2d_plan *p, const forward_scratch *s, const float *x,
                           ptrdiff_t first, ptrdiff_t high, float *chunk) {
  const ck_conv2d *c = &p->conv;
  const ck_tile_kernels *tiles = kernels->tiles;
  const ptrdiff_t depth = conv2d_taps(p) * c->channels;
  const ptrdiff_t count = ck_ceil_div(p->out_width, tiles->rows);
  const ck_tile tile = {.segments = c->kernel_height,
                        .length = c->kernel_width * c->channels,
                        .a_segment = s->x_segment,
                        .b_segment = s->w_segment,
                        .a_row = c->stride_width * c->channels,
                        .a_k = 1,
                        .b_k = CONV_LANES,
                        .b_strip = depth * CONV_LANES,
                        .c_row = p->filter_lanes,
                        .last_columns = CONV_LANES,
                        .alpha = 1.0f};
  for (ptrdiff_t strip = 0; strip < p->filter_strips; strip += tiles->strips) {
    const ptrdiff_t strips = ck_min(tiles->strips, p->filter_strips - strip);
    const float *w = s->weights + strip * depth * CONV_LANES;
    for (ptrdiff_t i = 0; i < high; i++) {
      const float *row = x + (first + i) * c->stride_height * p->x_width * c->channels;
      float *to = chunk + i * p->out_width * p->filter_lanes + strip * CONV_LANES;
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(p->out_width, count, t, 1);
        tiles->along_k[strips - 1][part.count - 1](&tile, row + part.first * tile.a_row, w,
                                                   to + part.first * p->filter_lanes);
      }
    }
  }
}

// Rows `rows` of one image's convolution and its tail. `argmax` is the image's.
static void convolve_rows(const ck_kernel_set *kernels, const conv2d_plan *p, const forward_scratch *s, int thread,
                          const float *x, const float *bias, ck_range rows, float *y, uint8_t *argmax) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t plane = ck_conv2d_plane(c);
  float *chunk = s->chunk + thread * s->chunk_floats, *pooled = s->pooled + thread * s->pooled_floats;
  for (ptrdiff_t first = rows.first; first < rows.first + rows.count; first += s->chunk_rows) {
    const ptrdiff_t high = ck_min(s->chunk_rows, rows.first + rows.count - first);
    convolve_chunk(kernels, p, s, x, first, high, chunk);
    // Back to planes, one a filter.
    if (conv2d_pools(p)) {
      const ptrdiff_t before = first / 2 * (p->out_width / 2), pixels = high / 2 * (p->out_width / 2);
      kernels->interleaved_pool_forward(high, p->out_width, c->filters, chunk, bias, pooled,
                                        argmax + before * p->filter_lanes);
      kernels->transpose(pixels, c->filters, pooled, p->filter_lanes, NULL, y + before, plane, pixels);
    } else {
      const ck_transpose_change change = {.bias = bias, .relu = c->tail == CK_CONV_RELU};
      const ptrdiff_t pixels = high * p->out_width;
      kernels->transpose(pixels, c->filters, chunk, p->filter_lanes, &change, y + first * p->out_width, plane, pixels);
    }
  }
}

void ck_conv2d_forward(const ck_context *context, const ck_conv2d *conv, const float *x, const float *w,
                       const float *bias, float *y, uint8_t *argmax, void *memory) {
  const conv2d_plan p = conv2d_plan_make(conv, false);
  const ptrdiff_t x_image = conv->channels * conv->height * conv->width;
  const ptrdiff_t y_image = conv->filters * ck_conv2d_plane(conv), unit = conv2d_pools(&p) ? 2 : 1;
  const ptrdiff_t work = conv->batch * conv->filters * p.out_height * p.out_width * conv2d_taps(&p) * conv->channels;
  if (work == 0)
    return;
  const int team = ck_team(context, work, FORWARD_GRAIN);
  ck_workspace workspace = {memory, 0};
  const forward_scratch s = take_scratch(&workspace, &p, team);
  const ptrdiff_t stretch = conv->kernel_width * conv->channels;
  for (ptrdiff_t ky = 0; ky < conv->kernel_height; ky++) {
    s.x_segment[ky] = ky * p.x_width * conv->channels;
    s.w_segment[ky] = ky * stretch * CONV_LANES;
  }
  // Whole images where there are enough of them, else blocks of rows.
  const ptrdiff_t blocks = conv->batch >= 2 * team ? 1 : ck_min(p.out_height, ck_ceil_div(2 * team, conv->batch));
  ck_queue queue = 0;
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_kernel_set *kernels = context->kernels;
    const int me = omp_get_thread_num();
    float *x_scratch = s.x + me * s.x_floats;
    memset(x_scratch, 0, (size_t)s.x_floats * sizeof(float));
    pack_weights(kernels, &p, w, ck_my_part(p.filter_strips * conv->channels, 1), s.weights);
#pragma omp barrier
    for (ptrdiff_t task; (task = ck_next(&queue)) < conv->batch * blocks;) {
      const ptrdiff_t image = task / blocks;
      const ck_range rows = ck_part(p.out_height, blocks, task % blocks, unit);
      const ptrdiff_t top = ck_max(rows.first * conv->stride_height - conv->pad_height, 0);
      const ptrdiff_t end =
          (rows.first + rows.count - 1) * conv->stride_height - conv->pad_height + conv->kernel_height;
      const ck_range needed = {top, ck_max(ck_min(end, conv->height) - top, 0)};
      const float *padded = conv2d_load_x(kernels, &p, x + image * x_image, needed, x_scratch);
      uint8_t *places = argmax ? argmax + image * ck_conv2d_plane(conv) * p.filter_lanes : NULL;
      convolve_rows(kernels, &p, &s, me, padded, bias, rows, y + image * y_image, places);
    }
    ck_denormals_restore(saved);
  }
}
