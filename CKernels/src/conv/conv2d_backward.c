// The backward pass: both gradients of an image while it is in the cache. The batch is cut into CONV_PARTS parts
// whatever the thread count; each part adds up its own weight gradient, and a tree adds the parts.
#include "conv/conv2d_plan.h"
#include <string.h>

enum { BACKWARD_GRAIN = 100000 }; // multiply-adds that are worth another thread

typedef struct {
  ptrdiff_t parts;
  // weights gradient
  float *dw, *dbias;                 // one a part: [kernel row][kernel column][channel][filter lanes], [filter lanes]
  ptrdiff_t *x_segment, *dy_segment; // where each output row starts
  ptrdiff_t block_rows;
  // input gradient
  float *weights;                     // packed: [strip of channels][kernel row][kernel column][filter][16]
  ptrdiff_t *tap_segment, *w_segment; // phase by phase, where each tap starts
  ptrdiff_t chunk_rows;
  // one of each a thread, so many floats apart
  float *x, *dy, *chunk, *pooled;
  ptrdiff_t x_floats, dy_floats, chunk_floats, pooled_floats;
} backward_scratch;

static ptrdiff_t dw_floats(const conv2d_plan *p) { return conv2d_taps(p) * p->conv.channels * p->filter_lanes; }

static backward_scratch take_scratch(ck_workspace *workspace, const conv2d_plan *p, int threads, bool with_dx) {
  const ck_conv2d *c = &p->conv;
  backward_scratch s = {.parts = ck_min(c->batch, CONV_PARTS)};
  s.dw = ck_take_floats(workspace, s.parts * dw_floats(p));
  s.dbias = ck_take_floats(workspace, s.parts * p->filter_lanes);
  s.x_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * p->out_height);
  s.dy_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * p->out_height);
  const ptrdiff_t row = ck_max(p->x_width * c->channels * c->stride_height, p->dy_width * p->filter_lanes);
  s.block_rows = ck_max(1, CONV_L1_FLOATS / row);
  s.x_floats = conv2d_reads_x_directly(p) ? 0 : ck_round_up(conv2d_x_floats(p), CONV_LANES);
  s.dy_floats = conv2d_dy_floats(p);
  if (with_dx) {
    s.weights = ck_take_floats(workspace, conv2d_taps(p) * c->filters * p->channel_lanes);
    s.tap_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * conv2d_taps(p));
    s.w_segment = (ptrdiff_t *)ck_take_floats(workspace, 2 * conv2d_taps(p));
    s.chunk_rows = conv2d_chunk_rows(c->width, p->channel_lanes, c->height, 1);
    s.chunk_floats = s.chunk_rows * c->width * p->channel_lanes;
  }
  s.x = ck_take_floats(workspace, threads * s.x_floats);
  s.dy = ck_take_floats(workspace, threads * s.dy_floats);
  s.chunk = ck_take_floats(workspace, threads * s.chunk_floats);
  s.pooled_floats = conv2d_pools(p) ? ck_conv2d_plane(c) * p->filter_lanes : 0;
  s.pooled = ck_take_floats(workspace, threads * s.pooled_floats);
  return s;
}

size_t ck_conv2d_workspace_bytes(const ck_context *context, const ck_conv2d *conv) {
  const conv2d_plan p = conv2d_plan_make(conv, true);
  ck_workspace workspace = {NULL, 0};
  take_scratch(&workspace, &p, context->threads, true);
  const size_t forward = conv2d_forward_bytes(context, conv);
  return forward > workspace.used ? forward : workspace.used;
}

// ---- output gradient ----

// The gradient of the convolution itself, before its tail, of one image: interleaved, inside its border of zeros.
// `y` and `argmax` are the image's outputs.
static void load_dy(const ck_kernel_set *kernels, const conv2d_plan *p, const float *dy, const float *y,
                    const uint8_t *argmax, float *pooled, float *inside) {
  const ck_conv2d *c = &p->conv;
  if (conv2d_pools(p)) {
    const ptrdiff_t high = p->out_height / 2, wide = p->out_width / 2;
    conv2d_interleave(kernels, dy, c->filters, high, wide, (ck_range){0, high}, y, pooled, wide, p->filter_lanes);
    kernels->interleaved_pool_backward(high, wide, p->filter_lanes, pooled, argmax, inside,
                                       p->dy_width * p->filter_lanes);
  } else {
    conv2d_interleave(kernels, dy, c->filters, p->out_height, p->out_width, (ck_range){0, p->out_height},
                      c->tail == CK_CONV_RELU ? y : NULL, inside, p->dy_width, p->filter_lanes);
  }
}

// ---- weights ----

static void fill_row_tables(const conv2d_plan *p, const backward_scratch *s) {
  for (ptrdiff_t y = 0; y < p->out_height; y++) {
    s->x_segment[y] = y * p->conv.stride_height * p->x_width * p->conv.channels;
    s->dy_segment[y] = y * p->dy_width * p->filter_lanes;
  }
}

// Adds one image's weight gradient to `dw`. `dy` points at the first pixel inside the border.
static void add_weight_gradient(const ck_kernel_set *kernels, const conv2d_plan *p, const backward_scratch *s,
                                const float *x, const float *dy, float *dw) {
  const ck_conv2d *c = &p->conv;
  const ck_tile_kernels *tiles = kernels->tiles;
  const ptrdiff_t stretch = c->kernel_width * c->channels, count = ck_ceil_div(stretch, tiles->rows);
  ck_tile tile = {.length = p->out_width,
                  .a_row = 1,
                  .a_k = c->stride_width * c->channels,
                  .b_k = p->filter_lanes,
                  .b_strip = CONV_LANES,
                  .c_row = p->filter_lanes,
                  .last_columns = CONV_LANES,
                  .alpha = 1.0f,
                  .beta = 1.0f};
  for (ptrdiff_t row = 0; row < p->out_height; row += s->block_rows) {
    tile.segments = ck_min(s->block_rows, p->out_height - row);
    tile.a_segment = s->x_segment + row;
    tile.b_segment = s->dy_segment + row;
    for (ptrdiff_t ky = 0; ky < c->kernel_height; ky++) {
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(stretch, count, t, 1);
        const float *taps = x + ky * p->x_width * c->channels + part.first;
        float *to = dw + (ky * stretch + part.first) * p->filter_lanes;
        for (ptrdiff_t strip = 0; strip < p->filter_strips; strip += tiles->strips) {
          const ptrdiff_t strips = ck_min(tiles->strips, p->filter_strips - strip);
          tiles->along_rows[strips - 1][part.count - 1](&tile, taps, dy + strip * CONV_LANES, to + strip * CONV_LANES);
        }
      }
    }
  }
}

// dw (filters, channels, taps) from the summed parts, for some of the channels.
static void unpack_weights(const ck_kernel_set *kernels, const conv2d_plan *p, const float *summed, ck_range channels,
                           float *dw) {
  const ptrdiff_t taps = conv2d_taps(p), filter = taps * p->conv.channels;
  for (ptrdiff_t c = channels.first; c < channels.first + channels.count; c++)
    kernels->transpose(taps, p->conv.filters, summed + c * p->filter_lanes, p->conv.channels * p->filter_lanes, NULL,
                       dw + c * taps, filter, taps);
}

// ---- input ----

// The taps that reach the pixels whose padded coordinates are (phase_y, phase_x) modulo the stride.
typedef struct {
  ptrdiff_t first, count; // in the tap tables
} conv_phase;

static conv_phase phase_at(const conv2d_plan *p, ptrdiff_t phase_y, ptrdiff_t phase_x) {
  const ck_conv2d *c = &p->conv;
  conv_phase phase = {0, 0};
  for (ptrdiff_t y = 0; y < c->stride_height; y++) {
    for (ptrdiff_t x = 0; x < c->stride_width; x++) {
      const ptrdiff_t high = y < c->kernel_height ? ck_ceil_div(c->kernel_height - y, c->stride_height) : 0;
      const ptrdiff_t wide = x < c->kernel_width ? ck_ceil_div(c->kernel_width - x, c->stride_width) : 0;
      phase.count = high * wide;
      if (y == phase_y && x == phase_x)
        return phase;
      phase.first += phase.count;
    }
  }
  return phase;
}

static void fill_tap_tables(const conv2d_plan *p, const backward_scratch *s) {
  const ck_conv2d *c = &p->conv;
  ptrdiff_t i = 0;
  for (ptrdiff_t py = 0; py < c->stride_height; py++) {
    for (ptrdiff_t px = 0; px < c->stride_width; px++) {
      for (ptrdiff_t ky = py; ky < c->kernel_height; ky += c->stride_height) {
        for (ptrdiff_t kx = px; kx < c->kernel_width; kx += c->stride_width, i++) {
          const ptrdiff_t up = ky / c->stride_height, left = kx / c->stride_width;
          s->tap_segment[i] = -(up * p->dy_width + left) * p->filter_lanes;
          s->w_segment[i] = (ky * c->kernel_width + kx) * c->filters * CONV_LANES;
        }
      }
    }
  }
}

// One piece packs one filter of one strip of channels.
static void pack_weights(const ck_kernel_set *kernels, const conv2d_plan *p, const float *w, ck_range pieces,
                         float *packed) {
  const ptrdiff_t filters = p->conv.filters, taps = conv2d_taps(p), filter_size = p->conv.channels * taps;
  for (ptrdiff_t i = pieces.first; i < pieces.first + pieces.count; i++) {
    const ptrdiff_t strip = i / filters, filter = i % filters, first = strip * CONV_LANES;
    const ptrdiff_t channels = ck_min(p->conv.channels - first, CONV_LANES);
    kernels->transpose(channels, taps, w + filter * filter_size + first * taps, taps, NULL,
                       packed + (strip * taps * filters + filter) * CONV_LANES, filters * CONV_LANES, CONV_LANES);
  }
}

// One row of dx into `to` (width pixels of channel lanes). `dy` is the padded gradient with its border.
static void gradient_row(const ck_kernel_set *kernels, const conv2d_plan *p, const backward_scratch *s, const float *dy,
                         ptrdiff_t row, float *to) {
  const ck_conv2d *c = &p->conv;
  const ck_tile_kernels *tiles = kernels->tiles;
  const ptrdiff_t strip_floats = conv2d_taps(p) * c->filters * CONV_LANES;
  ck_tile tile = {.length = c->filters,
                  .a_row = p->filter_lanes,
                  .a_k = 1,
                  .b_k = CONV_LANES,
                  .b_strip = strip_floats,
                  .c_row = c->stride_width * p->channel_lanes,
                  .last_columns = CONV_LANES,
                  .alpha = 1.0f};
  const conv2d_step y = conv2d_step_of(row + c->pad_height, c->stride_height);
  for (ptrdiff_t first = 0; first < ck_min(c->stride_width, c->width); first++) {
    const conv2d_step x = conv2d_step_of(first + c->pad_width, c->stride_width);
    const conv_phase phase = phase_at(p, y.phase, x.phase);
    tile.segments = phase.count;
    tile.a_segment = s->tap_segment + phase.first;
    tile.b_segment = s->w_segment + phase.first;
    const float *from = dy + ((p->dy_top + y.step) * p->dy_width + p->dy_left + x.step) * p->filter_lanes;
    const ptrdiff_t pixels = ck_ceil_div(c->width - first, c->stride_width), count = ck_ceil_div(pixels, tiles->rows);
    for (ptrdiff_t strip = 0; strip < p->channel_strips; strip += tiles->strips) {
      const ptrdiff_t strips = ck_min(tiles->strips, p->channel_strips - strip);
      for (ptrdiff_t t = 0; t < count; t++) {
        const ck_range part = ck_part(pixels, count, t, 1);
        tiles->along_k[strips - 1][part.count - 1](
            &tile, from + part.first * p->filter_lanes, s->weights + strip * strip_floats,
            to + first * p->channel_lanes + part.first * tile.c_row + strip * CONV_LANES);
      }
    }
  }
}

static void input_gradient(const ck_kernel_set *kernels, const conv2d_plan *p, const backward_scratch *s,
                           const float *dy, float *chunk, float *dx) {
  const ck_conv2d *c = &p->conv;
  const ptrdiff_t plane = c->height * c->width, row_floats = c->width * p->channel_lanes;
  for (ptrdiff_t first = 0; first < c->height; first += s->chunk_rows) {
    const ptrdiff_t high = ck_min(s->chunk_rows, c->height - first), pixels = high * c->width;
    for (ptrdiff_t i = 0; i < high; i++)
      gradient_row(kernels, p, s, dy, first + i, chunk + i * row_floats);
    kernels->transpose(pixels, c->channels, chunk, p->channel_lanes, NULL, dx + first * c->width, plane, pixels);
  }
}

// ---- both ----

void ck_conv2d_backward(const ck_context *context, const ck_conv2d *conv, const float *dy, const float *x,
                        const float *w, const float *y, const uint8_t *argmax, float *dx, float *dw, float *dbias,
                        void *memory) {
  const conv2d_plan p = conv2d_plan_make(conv, dx != NULL);
  const ptrdiff_t x_image = conv->channels * conv->height * conv->width;
  const ptrdiff_t y_image = conv->filters * ck_conv2d_plane(conv);
  const ptrdiff_t outputs = conv->batch * conv->filters * p.out_height * p.out_width;
  const int team = ck_team(context, outputs * conv2d_taps(&p) * conv->channels, BACKWARD_GRAIN);
  ck_workspace workspace = {memory, 0};
  const backward_scratch s = take_scratch(&workspace, &p, team, dx != NULL);
  fill_row_tables(&p, &s);
  if (dx)
    fill_tap_tables(&p, &s);
  ck_queue queue = 0;
#pragma omp parallel num_threads(team)
  {
    const ck_denormals saved = ck_denormals_off();
    const ck_kernel_set *kernels = context->kernels;
    const int me = omp_get_thread_num();
    float *x_scratch = s.x + me * s.x_floats, *dy_scratch = s.dy + me * s.dy_floats;
    float *dy_inside = dy_scratch + (p.dy_top * p.dy_width + p.dy_left) * p.filter_lanes;
    memset(x_scratch, 0, (size_t)s.x_floats * sizeof(float));
    memset(dy_scratch, 0, (size_t)s.dy_floats * sizeof(float));
    if (dx) {
      pack_weights(kernels, &p, w, ck_my_part(p.channel_strips * conv->filters, 1), s.weights);
#pragma omp barrier
    }
    for (ptrdiff_t task; (task = ck_next(&queue)) < s.parts;) {
      const ck_range images = ck_part(conv->batch, s.parts, task, 1);
      float *part_dw = s.dw + task * dw_floats(&p), *part_dbias = s.dbias + task * p.filter_lanes;
      memset(part_dw, 0, (size_t)dw_floats(&p) * sizeof(float));
      memset(part_dbias, 0, (size_t)p.filter_lanes * sizeof(float));
      for (ptrdiff_t i = images.first; i < images.first + images.count; i++) {
        const uint8_t *places = argmax ? argmax + i * ck_conv2d_plane(conv) * p.filter_lanes : NULL;
        load_dy(kernels, &p, dy + i * y_image, y ? y + i * y_image : NULL, places, s.pooled + me * s.pooled_floats,
                dy_inside);
        if (dw) {
          const float *padded = conv2d_load_x(kernels, &p, x + i * x_image, (ck_range){0, conv->height}, x_scratch);
          add_weight_gradient(kernels, &p, &s, padded, dy_inside, part_dw);
        }
        if (dbias)
          kernels->interleaved_sum(p.out_height, p.out_width, p.filter_lanes, dy_inside, p.dy_width * p.filter_lanes,
                                   part_dbias);
        if (dx)
          input_gradient(kernels, &p, &s, dy_scratch, s.chunk + me * s.chunk_floats, dx + i * x_image);
      }
    }
#pragma omp barrier
    if (dw)
      conv2d_add_parts(kernels, s.dw, s.parts, dw_floats(&p), ck_my_part(dw_floats(&p), CONV_LANES));
    if (dbias && me == 0)
      conv2d_add_parts(kernels, s.dbias, s.parts, p.filter_lanes, (ck_range){0, p.filter_lanes});
#pragma omp barrier
    if (dw)
      unpack_weights(kernels, &p, s.dw, ck_my_part(conv->channels, 1), dw);
    if (dbias && me == 0)
      memcpy(dbias, s.dbias, (size_t)conv->filters * sizeof(float));
    ck_denormals_restore(saved);
  }
}
