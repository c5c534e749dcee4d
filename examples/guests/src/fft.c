/*
 * Radix-2 fast Fourier transform in Q15 fixed point of two added square waves, 256 points: prints the power spectrum's
 * peaks. Sines come from the rotation recurrence in Q30, so no table and no floating point is needed.
 */
#include "guest.h"

enum { LOG_N = 8, N = 1 << LOG_N };

typedef struct {
  i32 re, im; /* Q15 */
} Complex;

static Complex root[N / 2];

static inline i32 mul_q30(i32 a, i32 b) { return (i32)(((i64)a * b + (1 << 29)) >> 30); }
static inline i32 mul_q15(i32 a, i32 b) { return (i32)(((i64)a * b + (1 << 14)) >> 15); }

/* root[k] = exp(-2 pi i k / N), by repeated rotation through 2 pi / 256. */
static NOINLINE void make_roots(void) {
  const i32 cosine = 1073418433, sine = 26350943; /* cos and sin of 2 pi / 256 in Q30 */
  i32 re = 1 << 30, im = 0;
  for (int k = 0; k < N / 2; k++) {
    root[k].re = (re + (1 << 14)) >> 15;
    root[k].im = (im + (1 << 14)) >> 15;
    i32 next = mul_q30(re, cosine) + mul_q30(im, sine);
    im = mul_q30(im, cosine) - mul_q30(re, sine);
    re = next;
  }
}

static NOINLINE void bit_reverse(Complex *x) {
  for (u32 i = 0, j = 0; i < N; i++) {
    if (i < j) {
      Complex t = x[i];
      x[i] = x[j];
      x[j] = t;
    }
    u32 bit = N >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
}

/* In place; each stage halves its values, so the result is the transform divided by N and cannot overflow. */
NOINLINE void fft(Complex *x) {
  bit_reverse(x);
  for (int half = 1; half < N; half *= 2) {
    for (int start = 0; start < N; start += 2 * half) {
      for (int k = 0; k < half; k++) {
        Complex w = root[k * (N / 2 / half)];
        Complex *a = &x[start + k], *b = a + half;
        i32 re = mul_q15(b->re, w.re) - mul_q15(b->im, w.im);
        i32 im = mul_q15(b->re, w.im) + mul_q15(b->im, w.re);
        b->re = (a->re - re) >> 1;
        b->im = (a->im - im) >> 1;
        a->re = (a->re + re) >> 1;
        a->im = (a->im + im) >> 1;
      }
    }
  }
}

int main(void) {
  static Complex x[N];
  make_roots();
  for (int i = 0; i < N; i++) x[i].re = (i / 32 & 1 ? -12000 : 12000) + (i / 8 & 1 ? -4000 : 4000);
  fft(x);
  for (int k = 0; k < N / 2; k++) {
    u32 power = (u32)(x[k].re * x[k].re + x[k].im * x[k].im);
    if (power > 100000) print("bin %d power %u\n", k, power);
  }
  return 0;
}
