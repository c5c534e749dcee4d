/*
 * 256-bit Montgomery multiplication, operand scanning with interleaved reduction, limbs as wide as a register, modulo
 * 2^256 - 2^32 - 977. Powers of a base; the first is Fermat's test of the arithmetic. argv[1]: exponentiations.
 */
#include "guest.h"

#if __riscv_xlen == 64
typedef u64 Limb;
typedef unsigned __int128 Double;
#else
typedef u32 Limb;
typedef u64 Double;
#endif

enum { BITS = __riscv_xlen, LIMBS = 256 / BITS };

typedef struct {
  Limb v[LIMBS]; /* least significant first */
} Number;

static Number modulus, one; /* one: 2^256 mod p, that is 1 in Montgomery form */
static Limb inverse;        /* -p^-1 mod 2^BITS */

static Number from_words(const u32 words[8]) {
  Number n;
  for (int i = 0; i < LIMBS; i++) {
    n.v[i] = words[i * (BITS / 32)];
#if __riscv_xlen == 64
    n.v[i] |= (Limb)words[2 * i + 1] << 32;
#endif
  }
  return n;
}

/* Subtracts p from carry * 2^256 + n if that does not make it negative. */
static inline void reduce_once(Number *n, Limb carry) {
  Number less;
  Limb borrow = 0;
  for (int i = 0; i < LIMBS; i++) {
    Double d = (Double)n->v[i] - modulus.v[i] - borrow;
    less.v[i] = (Limb)d;
    borrow = (Limb)(d >> BITS) & 1;
  }
  if (carry >= borrow) *n = less;
}

NOINLINE void multiply(Number *to, const Number *a, const Number *b) {
  Number t = {{0}};
  Limb top = 0;
  for (int i = 0; i < LIMBS; i++) {
    Double sum = 0;
    Limb carry = 0;
    for (int j = 0; j < LIMBS; j++) {
      sum = (Double)a->v[j] * b->v[i] + t.v[j] + carry;
      t.v[j] = (Limb)sum;
      carry = (Limb)(sum >> BITS);
    }
    sum = (Double)top + carry;
    Limb high = (Limb)sum, over = (Limb)(sum >> BITS);

    Limb m = t.v[0] * inverse;
    sum = (Double)m * modulus.v[0] + t.v[0];
    carry = (Limb)(sum >> BITS);
    for (int j = 1; j < LIMBS; j++) {
      sum = (Double)m * modulus.v[j] + t.v[j] + carry;
      t.v[j - 1] = (Limb)sum;
      carry = (Limb)(sum >> BITS);
    }
    sum = (Double)high + carry;
    t.v[LIMBS - 1] = (Limb)sum;
    top = over + (Limb)(sum >> BITS);
  }
  reduce_once(&t, top);
  *to = t;
}

static NOINLINE void power(Number *to, const Number *base, const Number *exponent) {
  Number result = one;
  for (int i = 255; i >= 0; i--) {
    multiply(&result, &result, &result);
    if (exponent->v[i / BITS] >> (i % BITS) & 1) multiply(&result, &result, base);
  }
  *to = result;
}

static NOINLINE int equal(const Number *a, const Number *b) { return memcmp(a, b, sizeof *a) == 0; }

static void prepare(void) {
  static const u32 p[8] = {0xfffffc2f, 0xfffffffe, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};
  static const u32 r[8] = {977, 1};
  modulus = from_words(p);
  one = from_words(r);
  Limb x = 1; /* Newton: each step doubles the correct low bits of p^-1 */
  for (int i = 0; i < 6; i++) x *= 2 - modulus.v[0] * x;
  inverse = -x;
}

int main(int argc, char **argv) {
  u32 count = arg_u32(argc, argv, 1, 1300);
  prepare();
  Number base = one, exponent = modulus, result;
  reduce_once(&base, 0);
  for (u32 i = 0; i < 5; i++) { /* base = 2^5 in Montgomery form */
    Limb carry = base.v[LIMBS - 1] >> (BITS - 1);
    for (int j = LIMBS - 1; j > 0; j--) base.v[j] = base.v[j] << 1 | base.v[j - 1] >> (BITS - 1);
    base.v[0] <<= 1;
    reduce_once(&base, carry);
  }
  exponent.v[0] -= 1;
  power(&result, &base, &exponent);
  if (!equal(&result, &one)) return 1;
  exponent = base;
  for (u32 i = 0; i < count; i++) {
    power(&result, &base, &exponent);
    exponent = result;
  }
  print("mont ");
  for (int i = LIMBS - 1; i >= 0; i--)
#if __riscv_xlen == 64
    print("%X", result.v[i]);
#else
    print("%x", result.v[i]);
#endif
  print("\n");
  return 0;
}
