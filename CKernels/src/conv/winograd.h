// Winograd's minimal filtering, F(2 x 2, 3 x 3): four neighbouring outputs of a 3 x 3 window, of stride 1, take 16
// products instead of 36.
//
//   y = A^T [ (G g G^T) * (B^T d B) ] A        d: 4 x 4 pixels, g: 3 x 3 taps, y: 2 x 2 outputs, * place by place
//
//         | 1  0 -1  0 |        |  1    0   0  |
//   B^T = | 0  1  1  0 |    G = | 1/2  1/2 1/2 |    A^T = | 1  1  1  0 |
//         | 0 -1  1  0 |        | 1/2 -1/2 1/2 |          | 0  1 -1 -1 |
//         | 0  1  0 -1 |        |  0    0   1  |
//
// (Lavin & Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.) Channels are summed before the way
// back: at each of the 16 places that is a matrix product of windows and weights, for the tiles of GEMM. Its chains are
// a ninth as long as a plain sum's, which makes up for the sums on both ways: rounding errors are smaller on average.
// For AVX512_BF16 the windows are rounded at the places, where errors weigh about twice as much.
// (F(4 x 4, 3 x 3) would save more, and lose a digit.)
#ifndef CK_CONV_WINOGRAD_H
#define CK_CONV_WINOGRAD_H

#include "cpu/parallel.h"
#include "dispatch/precision.h"

// One convolution of an image with interleaved numbers: `numbers` in each input pixel, `outputs` in each output pixel.
typedef struct {
  ck_context context;
  ptrdiff_t numbers, outputs;
  ptrdiff_t depth;                     // numbers, rounded up to whole cells
  ptrdiff_t width, across;             // output pixels in a row, and windows
  ptrdiff_t from_row, from_pixel;      // steps of the input
  ptrdiff_t block;                     // windows that are in scratch at a time
  ptrdiff_t depth_lanes, output_lanes; // rounded up to 16
  ptrdiff_t input_place, output_place; // in scratch, from one of the 16 places to the next
} ck_winograd;

// Whether that is less work than a chain of products for each output of height x width.
bool ck_winograd_pays(const ck_context *context, ptrdiff_t numbers, ptrdiff_t outputs, ptrdiff_t height,
                      ptrdiff_t width);

// An input pixel is read up to its numbers rounded up to 16, those beyond the last whole cell whatever they are; of odd
// sides also a row or column more than the windows of the outputs see.
ck_winograd ck_winograd_of(const ck_context *context, ptrdiff_t numbers, ptrdiff_t outputs, ptrdiff_t width,
                           ptrdiff_t from_row, ptrdiff_t from_pixel);
ptrdiff_t ck_winograd_weight_floats(const ck_winograd *g);
ptrdiff_t ck_winograd_scratch_floats(const ck_winograd *g);

// G g G^T of all weights, as strips for the tiles: [place][strip of outputs][k][16]. Nine taps lie side by side, steps
// to the next output and the next k apart; `turned` takes them from the last to the first. Pieces are one k of one
// strip. Below full precision they are then paired, all of them being one column of rows, and `weights` are the cells.
typedef struct {
  const float *taps;
  ptrdiff_t next_output, next_k;
  bool turned;
} ck_winograd_source;
ptrdiff_t ck_winograd_pieces(const ck_winograd *g);
void ck_winograd_pack(const ck_winograd *g, ck_winograd_source source, ck_range pieces, float *weights);

// `rows` rows of outputs, whose windows' first pixel is `from`, are computed in so many blocks; `to` has rows of
// width x output_lanes.
ptrdiff_t ck_winograd_blocks(const ck_winograd *g, ptrdiff_t rows);
void ck_winograd_block(const ck_winograd *g, const float *weights, const float *from, ptrdiff_t rows, ptrdiff_t index,
                       float *scratch, float *to);

#endif
