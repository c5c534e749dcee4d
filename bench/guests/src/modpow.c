/*
 * Modular powers by square and multiply: a full multiply and a full remainder of register width a step, moduli of half
 * that width from xorshift. argv[1]: powers.
 */
#include "guest.h"

#if __riscv_xlen == 64
typedef u64 Word;
#else
typedef u32 Word;
#endif

enum { HALF = __riscv_xlen / 2 };

/* Marsaglia 2003: triple 13, 7, 17 for 64 bits; 13, 17, 5 for 32. */
static inline Word draw(Word *state) {
  Word x = *state;
#if __riscv_xlen == 64
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
#else
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
#endif
  return *state = x;
}

NOINLINE Word power(Word base, Word exponent, Word modulus) {
  Word result = 1 % modulus;
  base %= modulus;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

int main(int argc, char **argv) {
  u32 count = arg_u32(argc, argv, 1, 1200000);
  Word seed = 88172645u, sum = 0;
  for (u32 i = 0; i < count; i++) {
    Word modulus = (draw(&seed) >> HALF) | 1;
    Word base = draw(&seed);
    sum = (sum << 1 | sum >> (2 * HALF - 1)) ^ power(base, draw(&seed), modulus);
  }
  print("modpow %X\n", (u64)sum);
  return 0;
}
