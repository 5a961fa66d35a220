// Softmax cross-entropy of pixels: lanes are pixels side by side, classes are a plane apart.
#include "ck_loss.h"
#include "simd/v16_math.h"

// The targets of one class: `base` for all pixels that count, and `peak` more for those whose label it is.
typedef struct {
  const ck_pixel_cross_entropy *loss;
  const float *targets; // of the first class; or NULL
  v16i label, counts;   // counts: a mask of the pixels that do
  ptrdiff_t lanes;
} pixel_targets;

CK_INLINE v16 target_of(const pixel_targets *p, ptrdiff_t class) {
  const ck_pixel_cross_entropy *l = p->loss;
  const float weight = l->class_weights ? l->class_weights[class] : 1.0f;
  const float peak = (1.0f - l->label_smoothing) * weight, base = l->label_smoothing / (float)l->classes * weight;
  const v16 t = p->targets ? v16_load_first(p->targets + class * l->plane, p->lanes)
                           : v16_select(p->label == (int32_t)class, v16_splat(1.0f), v16_splat(0.0f));
  return v16_select(p->counts, v16_fma(v16_splat(peak), t, v16_splat(base)), v16_splat(0.0f));
}

// The losses of `count` pixels of one image, added up and multiplied by the weight of the image; dx may be NULL.
static float pixel_cross_entropy(const ck_pixel_cross_entropy *l, ptrdiff_t count, const float *x,
                                 const int32_t *labels, const float *targets, float weight, float *dx) {
  const ptrdiff_t plane = l->plane;
  const float scale = weight / l->divisor;
  v16 sum = v16_splat(0.0f);
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    const ptrdiff_t lanes = ck_lanes_left(count, i);
    pixel_targets p = {
        .loss = l, .targets = targets ? targets + i : NULL, .counts = v16i_iota() < (int32_t)lanes, .lanes = lanes};
    if (labels) {
      memcpy(&p.label, labels + i, (size_t)lanes * sizeof *labels);
      p.counts &= p.label != l->ignored;
    }
    v16 largest = v16_load_first(x + i, lanes);
    for (ptrdiff_t c = 1; c < l->classes; c++)
      largest = v16_max(largest, v16_load_first(x + c * plane + i, lanes));
    v16 total = v16_splat(0.0f), weighted = v16_splat(0.0f), mass = v16_splat(0.0f);
    for (ptrdiff_t c = 0; c < l->classes; c++) {
      const v16 shifted = v16_load_first(x + c * plane + i, lanes) - largest, t = target_of(&p, c);
      total += v16_exp(shifted);
      weighted += v16_select(t != 0.0f, t * shifted, v16_splat(0.0f)); // a class without a chance may be -infinity
      mass += t;
    }
    sum += v16_select(p.counts, v16_log(total) * mass - weighted, v16_splat(0.0f));
    if (dx) {
      const v16 factor = mass * scale / total;
      for (ptrdiff_t c = 0; c < l->classes; c++) {
        const ptrdiff_t at = c * plane + i;
        const v16 e = v16_exp(v16_load_first(x + at, lanes) - largest);
        v16_store_first(dx + at, v16_select(p.counts, e * factor - target_of(&p, c) * scale, v16_splat(0.0f)), lanes);
      }
    }
  }
  return weight * v16_sum(sum);
}
