// Inputs, hashes and comparisons.
#include "digest.h"
#include "memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 3, MOST_PIECES = 64 };

// Ordinary inputs lie in -1 ... 1. Tiny ones are denormal, or so small that their sums, products or squares are.
// Special ones have a few NaNs, infinities, zeros, denormals and largest numbers among ordinary ones.
typedef enum { ORDINARY, TINY, SPECIAL, KINDS } input_kind;
static const char *const kind_names[KINDS] = {"ordinary", "tiny", "special"};

typedef struct {
  const void *start;
  size_t bytes;
  bool floats;
} piece;

struct run {
  ck_context context;
  input_kind kind;
  uint64_t random;
  piece outputs[MOST_PIECES];
  int output_count;
};

static int cases, failures;
static int part = 1, parts = 1; // which cases are run: every parts-th, from this one on
static bool emulated;           // whether a run costs seconds instead of milliseconds
static const char *wanted = ""; // how the names of cases begin that are run

// ---- inputs: the same for every run of a case ----

// Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
static uint32_t next_random(run *r) {
  uint64_t z = r->random += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float next_float(run *r) {
  static const uint32_t special[8] = {0x7fc00000, 0xffc12345, 0x7f800000, 0xff800000,
                                      0x00000000, 0x80000000, 0x80000001, 0x7f7fffff};
  static const uint32_t exponents[4] = {0, 1, 60, 120}; // of denormals; sums, products that are; ordinary ones
  const uint32_t bits = next_random(r), choice = next_random(r);
  if (r->kind == TINY)
    return from_bits((bits & 0x807fffff) | (exponents[choice % 4] + (exponents[choice % 4] ? choice / 4 % 8 : 0))
                                               << 23);
  if (r->kind == SPECIAL && choice % 32 == 0)
    return from_bits(special[choice / 32 % 8]);
  return (float)((int32_t)bits >> 8) * 0x1p-23f;
}

static void *take_output(run *r, void *start, size_t bytes, bool floats) {
  if (r->output_count == MOST_PIECES)
    abort();
  r->outputs[r->output_count++] = (piece){start, bytes, floats};
  return start;
}

const ck_context *context_of(const run *r) { return &r->context; }

float *input(run *r, ptrdiff_t count) {
  float *numbers = take_memory((size_t)count * sizeof(float), alignof(float));
  for (ptrdiff_t i = 0; i < count; i++)
    numbers[i] = next_float(r);
  return numbers;
}

float *positive(run *r, ptrdiff_t count) {
  float *numbers = input(r, count);
  for (ptrdiff_t i = 0; i < count; i++)
    numbers[i] = __builtin_fabsf(numbers[i]);
  return numbers;
}

float *output(run *r, ptrdiff_t count) { return take_output(r, input(r, count), (size_t)count * sizeof(float), true); }

static uint8_t *random_bytes(run *r, ptrdiff_t count) {
  uint8_t *numbers = take_memory((size_t)count, 1);
  for (ptrdiff_t i = 0; i < count; i++)
    numbers[i] = (uint8_t)next_random(r);
  return numbers;
}

const uint8_t *bytes(run *r, ptrdiff_t count) { return random_bytes(r, count); }
uint8_t *output_bytes(run *r, ptrdiff_t count) { return take_output(r, random_bytes(r, count), (size_t)count, false); }
int32_t *output_integers(run *r, ptrdiff_t count) {
  return (int32_t *)(void *)output_bytes(r, count * (ptrdiff_t)sizeof(int32_t));
}

const int32_t *indices(run *r, ptrdiff_t count, ptrdiff_t limit) {
  int32_t *numbers = take_memory((size_t)count * sizeof(int32_t), alignof(int32_t));
  for (ptrdiff_t i = 0; i < count; i++)
    numbers[i] = (int32_t)(next_random(r) % (uint32_t)limit);
  return numbers;
}

void *workspace(run *r, size_t count) {
  (void)r;
  void *memory = take_memory(count, 64);
  memset(memory, 0xff, count); // NaNs: whatever is read before it is written shows
  return memory;
}

// ---- hashes ----

// FNV-1a.
static uint64_t hash_bytes(uint64_t hash, const void *start, size_t count) {
  const uint8_t *at = start;
  for (size_t i = 0; i < count; i++)
    hash = (hash ^ at[i]) * 0x100000001b3u;
  return hash;
}

// All NaNs are one: which sign and payload an operation gives its NaN is the processor's choice.
static uint64_t hash_floats(uint64_t hash, const float *start, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float value = start[i] != start[i] ? from_bits(0x7fc00000) : start[i];
    hash = hash_bytes(hash, &value, sizeof value);
  }
  return hash;
}

static const uint64_t hash_start = 0xcbf29ce484222325u;

static uint64_t digest(ck_context context, input_kind kind, const char *name, case_body *body, const ptrdiff_t *p) {
  run r = {.context = context, .kind = kind, .random = hash_bytes(hash_start, name, strlen(name))};
  body(&r, p);
  uint64_t hash = hash_start;
  for (int i = 0; i < r.output_count; i++) {
    const piece *o = &r.outputs[i];
    hash = o->floats ? hash_floats(hash, o->start, o->bytes / sizeof(float)) : hash_bytes(hash, o->start, o->bytes);
  }
  release_memory();
  return hash;
}

// ---- comparisons ----

static void quarter_square(const void *argument, ptrdiff_t n, const float *x, float *y) {
  (void)argument;
  for (ptrdiff_t i = 0; i < n; i++)
    y[i] = x[i] * x[i] * 0.25f;
}

static void quarter_square_slope(const void *argument, ptrdiff_t n, const float *dy, const float *x, float *dx) {
  (void)argument;
  for (ptrdiff_t i = 0; i < n; i++)
    dx[i] = dy[i] * (0.5f * x[i]);
}

ck_activation activation_of(ptrdiff_t kind) {
  return (ck_activation){.kind = (ck_activation_kind)kind,
                         .alpha = 0.25f,
                         .threshold = 2.0f,
                         .keeps_input = true,
                         .forward = quarter_square,
                         .backward = quarter_square_slope};
}

bool choose_cases(int count, char **words) {
  for (int i = 1; i < count; i++) {
    if (strcmp(words[i], "--emulated") == 0)
      emulated = true;
    else if (strchr(words[i], '/') == NULL)
      wanted = words[i];
    else if (sscanf(words[i], "%d/%d", &part, &parts) != 2 || part < 1 || part > parts)
      return false;
  }
  return true;
}

// What the others are compared with: plain C, or in emulation, where that takes nine tenths of the time, the fastest.
static ck_isa reference(void) { return emulated ? ck_isa_best() : CK_ISA_PORTABLE; }

enum { EMULATED_PORTABLE_CASES = 8 }; // in emulation plain C has its turn in one of so many

// In emulation one larger team is enough.
static bool is_tried(ck_isa isa, int threads) {
  if (emulated && (threads == 2 || (isa == CK_ISA_PORTABLE && (threads > 1 || cases % EMULATED_PORTABLE_CASES != 0))))
    return false;
  return ck_isa_supported(isa) && !(isa == reference() && threads == 1);
}

// Below the highest precision bits depend on the instruction set, but not on the threads.
static void check_precisions(const char *name, input_kind kind, case_body *body, const ptrdiff_t *p, ck_isa isa) {
  for (ck_precision precision = CK_MEDIUM; precision < CK_HIGHEST; precision++) {
    if (!ck_precision_supported(isa, precision))
      continue;
    const uint64_t expected = digest(ck_context_make(isa, precision, 1), kind, name, body, p);
    for (int threads = 2; threads <= MOST_THREADS; threads++) {
      if (digest(ck_context_make(isa, precision, threads), kind, name, body, p) == expected)
        continue;
      failures++;
      fprintf(stderr, "%s, %s inputs, precision %d: %s on %d threads differs from 1\n", name, kind_names[kind],
              precision, ck_isa_name(isa), threads);
    }
  }
}

void check(const char *name, case_body *body, const ptrdiff_t *p, size_t count) {
  static int position;
  if (strncmp(name, wanted, strlen(wanted)) != 0 || position++ % parts != part - 1)
    return;
  char full[200];
  int length = snprintf(full, sizeof full, "%s", name);
  for (size_t i = 0; i < count; i++)
    length += snprintf(full + length, sizeof full - (size_t)length, " %td", p[i]);
  for (input_kind kind = 0; kind < KINDS; kind++) {
    const uint64_t expected = digest(ck_context_make(reference(), CK_HIGHEST, 1), kind, full, body, p);
    for (ck_isa isa = CK_ISA_PORTABLE; ck_isa_name(isa); isa++) {
      for (int threads = 1; threads <= MOST_THREADS; threads++) {
        if (!is_tried(isa, threads) ||
            digest(ck_context_make(isa, CK_HIGHEST, threads), kind, full, body, p) == expected)
          continue;
        failures++;
        fprintf(stderr, "%s, %s inputs: %s on %d threads differs from %s on 1\n", full, kind_names[kind],
                ck_isa_name(isa), threads, ck_isa_name(reference()));
      }
      if (ck_isa_supported(isa))
        check_precisions(full, kind, body, p, isa);
    }
    printf("%s %s %016llx\n", full, kind_names[kind], (unsigned long long)expected);
    cases++;
  }
}

int differences(void) {
  fprintf(stderr, "%d cases on", cases);
  for (ck_isa isa = CK_ISA_PORTABLE; ck_isa_name(isa); isa++)
    if (ck_isa_supported(isa))
      fprintf(stderr, emulated && isa == CK_ISA_PORTABLE ? " %s in one of %d," : " %s,", ck_isa_name(isa),
              EMULATED_PORTABLE_CASES);
  fprintf(stderr, " 1 %s %d threads: %d differences\n", emulated ? "and" : "to",
          ck_context_make(CK_ISA_PORTABLE, CK_HIGHEST, MOST_THREADS).threads, failures);
  return failures;
}
