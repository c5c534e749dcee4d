/* Keccak-f[1600] (FIPS 202) applied to one state over and over. argv[1]: permutations. */
#include "guest.h"

static u64 round_constant[24];

/* FIPS 202 section 3.2.2, by lane x + 5y. */
static const u8 rotation[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

/* Algorithm 5 of FIPS 202: an LFSR over x^8 + x^6 + x^5 + x^4 + 1. */
static NOINLINE void make_round_constants(void) {
  u32 r = 1;
  for (int round = 0; round < 24; round++)
    for (int j = 0; j < 7; j++) {
      if (r & 1) round_constant[round] |= (u64)1 << ((1 << j) - 1);
      r = r << 1 ^ (r & 0x80 ? 0x171 : 0);
    }
}

static inline u64 rotl64(u64 v, u32 n) { return n ? v << n | v >> (64 - n) : v; }

#define UNROLL _Pragma("GCC unroll 25")

/* One round is straight-line code, as in implementations meant to be fast. */
NOINLINE void keccak_f(u64 *a) {
  u64 b[25], c[5];
  for (int round = 0; round < 24; round++) {
    UNROLL for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    UNROLL for (int i = 0; i < 25; i++) {
      int x = i % 5, y = i / 5;
      u64 lane = a[i] ^ c[(x + 4) % 5] ^ rotl64(c[(x + 1) % 5], 1);
      b[y + 5 * ((2 * x + 3 * y) % 5)] = rotl64(lane, rotation[i]);
    }
    UNROLL for (int i = 0; i < 25; i++) a[i] = b[i] ^ (~b[i / 5 * 5 + (i % 5 + 1) % 5] & b[i / 5 * 5 + (i % 5 + 2) % 5]);
    a[0] ^= round_constant[round];
  }
}

int main(int argc, char **argv) {
  static u64 state[25];
  u32 count = arg_u32(argc, argv, 1, 30000);
  make_round_constants();
  for (u32 i = 0; i < count; i++) keccak_f(state);
  print("keccak %X %X %X %X\n", state[0], state[1], state[2], state[24]);
  return 0;
}
