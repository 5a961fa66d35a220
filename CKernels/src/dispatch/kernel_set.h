// The table of one instruction set's kernels: what the drivers call. Everything in it runs on the calling thread,
// takes sizes and pointers, and holds no pragma; the drivers share the work out and hold no intrinsic.
#ifndef CK_DISPATCH_KERNEL_SET_H
#define CK_DISPATCH_KERNEL_SET_H

#include "ck_activation.h"
#include "ck_context.h"
#include "ck_group_norm.h"
#include "ck_image.h"
#include "ck_loss.h"
#include "ck_norm.h"
#include "ck_optim.h"
#include "ck_pool.h"
#include "ck_random.h"
#include "ck_upsample.h"
#include "dispatch/tile.h"
#include "simd/transpose.h"

struct ck_upsample_tables; // upsample/upsample.h

typedef struct ck_kernel_set {
  // gemm, affine, conv
  const ck_tile_kernels *tiles;
  void (*transpose)(ptrdiff_t rows, ptrdiff_t columns, const float *from, ptrdiff_t from_row,
                    const ck_transpose_change *change, float *to, ptrdiff_t to_row, ptrdiff_t width);
  void (*pack_b_panels)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *to);
  void (*pack_b_panels_transposed)(ptrdiff_t depth, ptrdiff_t columns, const float *from, ptrdiff_t from_row,
                                   float *to);
  void (*pack_a_panel)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *to);
  void (*pack_a_panel_transposed)(ptrdiff_t rows, ptrdiff_t depth, const float *from, ptrdiff_t from_row, float *to);
  void (*interleaved_pool_forward)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t filters, const float *from,
                                   const float *bias, float *to, uint8_t *argmax, ptrdiff_t argmax_pixel);
  void (*interleaved_pool_activated)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *from,
                                     const float *input, float *to, uint8_t *argmax, ptrdiff_t argmax_pixel,
                                     float *kept);
  void (*interleaved_pool_backward)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *from,
                                    const uint8_t *argmax, float *to, ptrdiff_t to_row);
  void (*interleaved_sum)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *from, ptrdiff_t from_row,
                          float *total);
  void (*interleaved_pooled_sum)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, const float *from,
                                 const uint8_t *argmax, float *total);
  void (*compact_gradient)(ptrdiff_t rows, ptrdiff_t columns, const float *from, ptrdiff_t from_row,
                           ptrdiff_t from_pixel, const int32_t *start, ptrdiff_t capacity, ptrdiff_t *count,
                           int32_t *window, float *gradient);
  void (*add_windows)(ptrdiff_t count, const int32_t *window, const float *gradient, const float *x, ptrdiff_t x_row,
                      ptrdiff_t rows, ptrdiff_t columns, float *to);
  // For kernels of 3 x 3 and of 5 x 5.
  void (*single_channel_weights[2])(ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t dy_row,
                                    ptrdiff_t dy_pixel, const float *x, ptrdiff_t x_row, float *dw, ptrdiff_t dw_tap);
  void (*single_channel_pooled[2])(ptrdiff_t rows, ptrdiff_t columns, const float *pooled, const uint8_t *argmax,
                                   ptrdiff_t pixel, const float *x, ptrdiff_t x_row, float *dw, ptrdiff_t dw_tap);
  void (*depthwise_rows)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t taps, ptrdiff_t run, const ptrdiff_t *from_tap,
                         const ptrdiff_t *w_tap, const float *from, ptrdiff_t from_row, ptrdiff_t from_pixel,
                         const float *w, float *to, ptrdiff_t to_row, ptrdiff_t to_pixel);
  void (*depthwise_weights)(ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t dy_row, ptrdiff_t dy_pixel,
                            const float *x, ptrdiff_t x_row, ptrdiff_t x_pixel, ptrdiff_t taps, const ptrdiff_t *x_tap,
                            float *dw, ptrdiff_t dw_tap);
  void (*copy_rows)(ptrdiff_t rows, ptrdiff_t columns, const float *from, ptrdiff_t from_row, float *to,
                    ptrdiff_t to_row);
  void (*depthwise_plane)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t x_row, const float *w,
                          const float *bias, const float *added, bool relu, float *y);
  void (*repeat_channels)(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t times, const float *from,
                          ptrdiff_t from_pixel, float *to, ptrdiff_t to_pixel);
  void (*sum_repeated)(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t times, const float *from, ptrdiff_t from_pixel,
                       float *to, ptrdiff_t to_pixel);
  void (*winograd_weights)(const float *taps, bool rotated, float *to, ptrdiff_t to_point);
  void (*winograd_input)(ptrdiff_t count, ptrdiff_t lanes, const float *from, ptrdiff_t from_row, ptrdiff_t from_pixel,
                         float *to, ptrdiff_t to_point);
  void (*winograd_output)(ptrdiff_t high, ptrdiff_t wide, ptrdiff_t lanes, const float *from, ptrdiff_t from_point,
                          float *to, ptrdiff_t to_row);
  void (*winograd_gradient)(ptrdiff_t high, ptrdiff_t wide, ptrdiff_t lanes, const float *from, ptrdiff_t from_row,
                            float *to, ptrdiff_t to_point);
  void (*winograd_weights_gradient)(const float *from, ptrdiff_t from_point, float *taps);
  void (*bias_forward)(ptrdiff_t rows, ptrdiff_t columns, const float *bias, float *y, ptrdiff_t row);
  void (*bias_backward)(ptrdiff_t rows, ptrdiff_t columns, const float *dy, ptrdiff_t row, const float *y,
                        float *masked, ptrdiff_t masked_row, float *dbias, bool continues);

  // activation, loss
  void (*activation_forward[CK_ACTIVATIONS])(const ck_activation *f, ptrdiff_t n, const float *x, float *y);
  void (*activation_backward[CK_ACTIVATIONS])(const ck_activation *f, ptrdiff_t n, const float *dy, const float *kept,
                                              float *dx);
  void (*prelu_plane)(ptrdiff_t n, float weight, const float *x, const float *from, float *to);
  float (*prelu_plane_sum)(ptrdiff_t n, const float *dy, const float *x);
  void (*prelu_columns)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, const float *weight, const float *x,
                        const float *from, float *to);
  void (*prelu_column_sums)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, const float *dy, const float *x,
                            float *sums, bool continues);
  void (*softmax_forward)(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y);
  void (*softmax_backward)(ptrdiff_t rows, ptrdiff_t columns, const float *dy, const float *y, float *dx);
  void (*softmax_cross_entropy_labels)(ptrdiff_t rows, ptrdiff_t columns, const float *x, const int32_t *labels,
                                       float scale, float *row_loss, float *dx);
  void (*softmax_cross_entropy_targets)(ptrdiff_t rows, ptrdiff_t columns, const float *x, const float *targets,
                                        float scale, float *row_loss, float *dx);
  float (*pixel_cross_entropy)(const ck_pixel_cross_entropy *loss, ptrdiff_t count, const float *x,
                               const int32_t *labels, const float *targets, float weight, float *dx);
  float (*elementwise_loss[CK_ELEMENTWISE_LOSSES])(ptrdiff_t n, const float *x, const float *targets, float delta,
                                                   const float *positive_weights, float scale, float *dx);
  void (*argmax)(ptrdiff_t rows, ptrdiff_t columns, const float *x, int32_t *index);

  // pool
  void (*max_pool_forward)(const ck_pool2d *pool, ptrdiff_t planes, const float *x, float *y, uint8_t *argmax);
  void (*max_pool_backward)(const ck_pool2d *pool, ptrdiff_t planes, const float *dy, const uint8_t *argmax, float *dx);
  void (*average_pool_forward)(const ck_pool2d *pool, ptrdiff_t planes, const float *x, float *y);
  void (*average_pool_backward)(const ck_pool2d *pool, ptrdiff_t planes, const float *dy, float *dx);
  void (*adaptive_average_pool_forward)(const ck_adaptive_pool2d *pool, ptrdiff_t planes, const float *x, float *y);
  void (*adaptive_average_pool_backward)(const ck_adaptive_pool2d *pool, ptrdiff_t planes, const float *dy, float *dx);

  // upsample: one plane; `row` has room for two rows of the output
  void (*upsample_nearest_forward)(const ck_upsample2d *upsample, const struct ck_upsample_tables *tables,
                                   const float *x, float *y);
  void (*upsample_nearest_backward)(const ck_upsample2d *upsample, const struct ck_upsample_tables *tables,
                                    const float *dy, float *dx, float *row);
  void (*upsample_bilinear_forward)(const ck_upsample2d *upsample, const struct ck_upsample_tables *tables,
                                    const float *x, float *y, float *row);
  void (*upsample_bilinear_backward)(const ck_upsample2d *upsample, const struct ck_upsample_tables *tables,
                                     const float *dy, float *dx, float *row);

  // norm: of channels of one image's planes, and of up to CK_LANES channels where a plane is one number
  void (*batch_norm_plane_moments)(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t plane, const float *x, float *mean,
                                   float *squares);
  void (*batch_norm_plane_apply)(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count, ptrdiff_t step, const float *x,
                                 const ck_norm_channels *of, const float *shortcut, bool relu, float *y);
  void (*batch_norm_plane_sums)(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t plane, const float *dy, const float *x,
                                const float *y, bool relu, const ck_norm_channels *of, float *through, float *dy_sum,
                                float *dy_x_sum);
  void (*batch_norm_plane_gradient)(ptrdiff_t first, ptrdiff_t channels, ptrdiff_t count, const float *dy,
                                    ptrdiff_t dy_step, const float *x, ptrdiff_t step, const ck_norm_gradient *of,
                                    float *dx, ptrdiff_t dx_step);
  void (*batch_norm_column_moments)(const ck_batch_norm *norm, ptrdiff_t first, ptrdiff_t channels, const float *x,
                                    float *mean, float *variance);
  void (*batch_norm_column_apply)(const ck_batch_norm *norm, ptrdiff_t first, ptrdiff_t channels, const float *x,
                                  const ck_norm_channels *of, const float *shortcut, float *y);
  void (*batch_norm_column_sums)(const ck_batch_norm *norm, ptrdiff_t first, ptrdiff_t channels, const float *dy,
                                 const float *x, const float *y, const ck_norm_channels *of, float *dshortcut,
                                 float *dgamma, float *dbeta);
  void (*batch_norm_column_gradient)(const ck_batch_norm *norm, ptrdiff_t first, ptrdiff_t channels, const float *dy,
                                     const ck_norm_gradient *of, float *dx);
  void (*batch_norm_combine_moments)(const ck_batch_norm *norm, ptrdiff_t channels, const float *moments, float *mean,
                                     float *variance);
  void (*batch_norm_combine_sums)(const ck_batch_norm *norm, ptrdiff_t channels, const float *sums, float *first,
                                  float *second);
  void (*batch_norm_inverse_std)(ptrdiff_t n, const float *variance, float epsilon, float *inverse_std);
  // one group of one sample
  void (*group_norm_forward)(const ck_group_norm *norm, const float *x, const float *gamma, const float *beta, float *y,
                             float *mean, float *inverse_std);
  void (*group_norm_backward)(const ck_group_norm *norm, const float *dy, const float *x, const float *gamma,
                              float mean, float inverse_std, float *dx, float *dgamma, float *dbeta);

  // recurrent: one step of one sample
  void (*lstm_step_forward)(ptrdiff_t hidden, const float *projected, const float *recurrent, const float *before,
                            float *gates, float *c_state, float *y, float *next);
  void (*lstm_step_backward)(ptrdiff_t hidden, const float *dy, const float *gates, const float *c_state,
                             const float *before, const float *dh, float *dc, float *dgates);
  void (*gru_step_forward)(ptrdiff_t hidden, const float *projected, const float *recurrent, const float *previous,
                           float *gates, float *m, float *y, float *next);
  void (*gru_step_backward)(ptrdiff_t hidden, const float *dy, const float *previous, const float *gates,
                            const float *m, float *dh, float *dgates, float *dhidden_gates);

  // random: `block` counts CK_RANDOM_BLOCK numbers
  void (*random_bits)(ck_random_key key, uint64_t block, ptrdiff_t n, uint32_t *out);
  void (*random_uniform)(ck_random_key key, uint64_t block, float low, float high, ptrdiff_t n, float *out);
  void (*random_normal)(ck_random_key key, uint64_t block, float mean, float deviation, ptrdiff_t n, float *out);
  void (*dropout)(ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t n, const float *x, float *y);
  void (*dropout_planes)(ck_random_key key, ptrdiff_t first, float rate, ptrdiff_t planes, ptrdiff_t plane,
                         const float *x, float *y);

  // optim
  void (*optimizer_update[CK_OPTIMIZERS])(const ck_optimizer_step *step, ptrdiff_t n, const float *g, float *w,
                                          float *first, float *second);

  // vector; all families that sum in parts use the first two
  void (*add)(ptrdiff_t n, float *to, const float *from);
  void (*add_vectors)(ptrdiff_t n, const float *a, const float *b, float *y);
  void (*multiply_vectors)(ptrdiff_t n, const float *a, const float *b, float *y);
  void (*multiply_add_vectors)(ptrdiff_t n, const float *a, const float *b, const float *c, float *y);
  void (*maximum_vectors)(ptrdiff_t n, const float *a, const float *b, float *y);
  void (*exp_vector)(ptrdiff_t n, const float *x, float *y);
  void (*log_vector)(ptrdiff_t n, const float *x, float *y);
  float (*sum)(ptrdiff_t n, const float *x);
  float (*squared_sum)(ptrdiff_t n, const float *x);
  void (*scale)(ptrdiff_t n, float factor, float *x);
  void (*clamp)(ptrdiff_t n, float limit, float *x);
  void (*lerp)(ptrdiff_t n, float weight, const float *x, float *y);

  // image: a plane of an image, or one sample
  void (*image_gather)(ptrdiff_t pixels, const uint8_t *image, float scale, float offset, float *out);
  void (*image_warp)(ptrdiff_t height, ptrdiff_t width, const uint8_t *image, ck_affine_map map, float scale,
                     float offset, float *out);
  void (*image_move)(ptrdiff_t height, ptrdiff_t width, const uint8_t *image, ck_image_shift shift,
                     ck_image_padding padding, float scale, float offset, float *out);
  void (*standardize)(ptrdiff_t channels, ptrdiff_t plane, const float *mean, const float *deviation, float *x);
} ck_kernel_set;

extern const ck_kernel_set ck_kernels_portable;
#if defined(__x86_64__)
extern const ck_kernel_set ck_kernels_avx2, ck_kernels_avx512;
#elif defined(__aarch64__)
extern const ck_kernel_set ck_kernels_neon;
#endif

#endif
