// Every kernel, compiled for one instruction set. A file of this folder says which (CK_KERNEL_SET, the
// CK_ISA_HAS_... of simd/v16.h, the tile sizes that fill its registers), turns the compiler's target on for all
// functions that follow, and includes this file.
#include "activation/activation_kernel.h"
#include "activation/prelu_kernel.h"
#include "affine/bias_kernel.h"
#include "conv/depthwise_kernel.h"
#include "conv/depthwise_plane_kernel.h"
#include "conv/interleaved_kernel.h"
#include "conv/single_channel_kernel.h"
#include "conv/sparse_kernel.h"
#include "conv/winograd_kernel.h"
#include "dispatch/kernel_set.h"
#include "gemm/pack_kernel.h"
#include "gemm/tile_kernel.h"
#include "image/image_kernel.h"
#include "loss/loss_kernel.h"
#include "loss/pixel_cross_entropy_kernel.h"
#include "loss/softmax_kernel.h"
#include "norm/column_kernel.h"
#include "norm/group_norm_kernel.h"
#include "norm/plane_kernel.h"
#include "optim/optimizer_kernel.h"
#include "pool/adaptive_pool_kernel.h"
#include "pool/pool_kernel.h"
#include "random/random_kernel.h"
#include "recurrent/recurrent_kernel.h"
#include "upsample/upsample_kernel.h"
#include "vector/reduction_kernel.h"
#include "vector/vector_kernel.h"

const ck_kernel_set CK_KERNEL_SET = {
    .tiles = &tile_kernels,
    .transpose = transpose,
    .pack_b_panels = pack_b_panels,
    .pack_b_panels_transposed = pack_b_panels_transposed,
    .pack_a_panel = pack_a_panel,
    .pack_a_panel_transposed = pack_a_panel_transposed,
    .interleaved_pool_forward = interleaved_pool_forward,
    .interleaved_pool_activated = interleaved_pool_activated,
    .interleaved_pool_backward = interleaved_pool_backward,
    .interleaved_sum = interleaved_sum,
    .interleaved_pooled_sum = interleaved_pooled_sum,
    .compact_gradient = compact_gradient,
    .add_windows = add_windows,
    .single_channel_weights = {single_channel_weights_3, single_channel_weights_5},
    .single_channel_pooled = {single_channel_pooled_3, single_channel_pooled_5},
    .depthwise_rows = depthwise_rows,
    .depthwise_weights = depthwise_weights,
    .copy_rows = copy_rows,
    .depthwise_plane = depthwise_plane,
    .repeat_channels = repeat_channels,
    .sum_repeated = sum_repeated,
    .winograd_weights = winograd_weights,
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .winograd_gradient = winograd_gradient,
    .winograd_weights_gradient = winograd_weights_gradient,
    .bias_forward = bias_forward,
    .bias_backward = bias_backward,
    .activation_forward = {[CK_RELU] = relu_forward,
                           [CK_SIGMOID] = sigmoid_forward,
                           [CK_TANH] = tanh_forward,
                           [CK_STEP] = step_forward,
                           [CK_IDENTITY] = identity_forward,
                           [CK_LEAKY_RELU] = leaky_relu_forward,
                           [CK_ELU] = elu_forward,
                           [CK_GELU] = gelu_forward,
                           [CK_GELU_TANH] = gelu_tanh_forward,
                           [CK_SILU] = silu_forward,
                           [CK_SOFTPLUS] = softplus_forward,
                           [CK_HARD_SWISH] = hard_swish_forward,
                           [CK_CUSTOM] = custom_forward},
    .activation_backward = {[CK_RELU] = relu_backward,
                            [CK_SIGMOID] = sigmoid_backward,
                            [CK_TANH] = tanh_backward,
                            [CK_STEP] = step_backward,
                            [CK_IDENTITY] = identity_backward,
                            [CK_LEAKY_RELU] = leaky_relu_backward,
                            [CK_ELU] = elu_backward,
                            [CK_GELU] = gelu_backward,
                            [CK_GELU_TANH] = gelu_tanh_backward,
                            [CK_SILU] = silu_backward,
                            [CK_SOFTPLUS] = softplus_backward,
                            [CK_HARD_SWISH] = hard_swish_backward,
                            [CK_CUSTOM] = custom_backward},
    .prelu_plane = prelu_plane,
    .prelu_plane_sum = prelu_plane_sum,
    .prelu_columns = prelu_columns,
    .prelu_column_sums = prelu_column_sums,
    .softmax_forward = softmax_forward,
    .softmax_backward = softmax_backward,
    .softmax_cross_entropy_labels = softmax_cross_entropy_labels,
    .softmax_cross_entropy_targets = softmax_cross_entropy_targets,
    .pixel_cross_entropy = pixel_cross_entropy,
    .elementwise_loss = {[CK_SQUARED_ERROR] = squared_error_loss,
                         [CK_ABSOLUTE_ERROR] = absolute_error_loss,
                         [CK_HUBER] = huber_loss,
                         [CK_BINARY_CROSS_ENTROPY] = binary_cross_entropy_loss},
    .argmax = argmax,
    .max_pool_forward = max_pool_forward,
    .max_pool_backward = max_pool_backward,
    .average_pool_forward = average_pool_forward,
    .average_pool_backward = average_pool_backward,
    .adaptive_average_pool_forward = adaptive_average_pool_forward,
    .adaptive_average_pool_backward = adaptive_average_pool_backward,
    .upsample_nearest_forward = upsample_nearest_forward,
    .upsample_nearest_backward = upsample_nearest_backward,
    .upsample_bilinear_forward = upsample_bilinear_forward,
    .upsample_bilinear_backward = upsample_bilinear_backward,
    .batch_norm_plane_moments = batch_norm_plane_moments,
    .batch_norm_plane_apply = batch_norm_plane_apply,
    .batch_norm_plane_sums = batch_norm_plane_sums,
    .batch_norm_plane_gradient = batch_norm_plane_gradient,
    .batch_norm_column_moments = batch_norm_column_moments,
    .batch_norm_column_apply = batch_norm_column_apply,
    .batch_norm_column_sums = batch_norm_column_sums,
    .batch_norm_column_gradient = batch_norm_column_gradient,
    .batch_norm_combine_moments = batch_norm_combine_moments,
    .batch_norm_combine_sums = batch_norm_combine_sums,
    .batch_norm_inverse_std = batch_norm_inverse_std,
    .group_norm_forward = group_norm_forward,
    .group_norm_backward = group_norm_backward,
    .lstm_step_forward = lstm_step_forward,
    .lstm_step_backward = lstm_step_backward,
    .gru_step_forward = gru_step_forward,
    .gru_step_backward = gru_step_backward,
    .random_bits = random_bits,
    .random_uniform = random_uniform,
    .random_normal = random_normal,
    .dropout = dropout,
    .dropout_planes = dropout_planes,
    .optimizer_update = {[CK_SGD] = sgd_update,
                         [CK_MOMENTUM] = momentum_update,
                         [CK_NESTEROV] = nesterov_update,
                         [CK_ADAGRAD] = adagrad_update,
                         [CK_RMSPROP] = rmsprop_update,
                         [CK_ADAM] = adam_update,
                         [CK_ADAMW] = adamw_update},
    .add = add,
    .add_vectors = add_vectors,
    .multiply_vectors = multiply_vectors,
    .multiply_add_vectors = multiply_add_vectors,
    .maximum_vectors = maximum_vectors,
    .exp_vector = exp_vector,
    .log_vector = log_vector,
    .sum = sum,
    .squared_sum = squared_sum,
    .scale = scale,
    .clamp = clamp,
    .lerp = lerp,
    .image_gather = image_gather,
    .image_warp = image_warp,
    .image_move = image_move,
    .standardize = standardize,
};
