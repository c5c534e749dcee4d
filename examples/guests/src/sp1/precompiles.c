/* Calls every precompile of SP1 6 at least once on operands with known results, and commits the results. */
#include "sp1.h"

enum {
  SHA_EXTEND = 0x00300105,
  SHA_COMPRESS = 0x00010106,
  ED_ADD = 0x00010107,
  ED_DECOMPRESS = 0x00000108,
  KECCAK_PERMUTE = 0x00010109,
  SECP256K1_ADD = 0x0001010a,
  SECP256K1_DOUBLE = 0x0000010b,
  SECP256R1_ADD = 0x0001012c,
  SECP256R1_DOUBLE = 0x0000012d,
  BN254_ADD = 0x0001010e,
  BN254_DOUBLE = 0x0000010f,
  BLS12381_ADD = 0x0001011e,
  BLS12381_DOUBLE = 0x0000011f,
  UINT256_MUL = 0x0001011d,
  BLS12381_FP_ADD = 0x00010120, /* ADD, SUB, MUL, then the same of FP2 */
  BN254_FP_ADD = 0x00010126,
  UINT256_ADD_CARRY = 0x00010130,
  UINT256_MUL_CARRY = 0x00010131,
  POSEIDON2 = 0x00000133,
};

/* Base points, x and y little-endian (SEC 2 sections 2.4.1 and 2.4.2, EIP-196, the BLS12-381 draft, RFC 8032). */
static const u64 secp256k1_base[8] = {
    0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac,
    0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465,
};
static const u64 secp256r1_base[8] = {
    0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247,
    0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b,
};
static const u64 bn254_base[8] = {
    0x0000000000000001, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
    0x0000000000000002, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
};
static const u64 bls12381_base[12] = {
    0xfb3af00adb22c6bb, 0x6c55e83ff97a1aef, 0xa14e3a3f171bac58, 0xc3688c4f9774b905,
    0x2695638c4fa9ac0f, 0x17f1d3a73197d794, 0x0caa232946c5e7e1, 0xd03cc744a2888ae4,
    0x00db18cb2c04b3ed, 0xfcf5e095d5d00af6, 0xa09e30ed741d8ae4, 0x08b3f481e3aaa0f1,
};
static const u64 ed25519_base[8] = {
    0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c, 0x216936d3cd6e53fe,
    0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666,
};

static u64 p[25], q[25], w[64];
static u32 seed = 2463534242u;

static u64 random_u64(void) { return (u64)xorshift32(&seed) << 32 | xorshift32(&seed); }

static void commit_words(const u64 *words, int n) { sp1_commit(words, 8 * n); }

static void call(u64 code, const void *a, const void *b) {
  if ((u64)sp1_syscall((long)code, (long)a, (long)b, 0) != code) sp1_halt(1);
  asm volatile("" : : : "memory");
}

/* a3 and a4 are arguments, too. */
static void call_carry(u64 code, const u64 *a, const u64 *b, const u64 *c, u64 *d, u64 *e) {
  register u64 t0 asm("t0") = code;
  register const u64 *a0 asm("a0") = a;
  register const u64 *a1 asm("a1") = b;
  register const u64 *a2 asm("a2") = c;
  register u64 *a3 asm("a3") = d;
  register u64 *a4 asm("a4") = e;
  asm volatile("ecall" : "+r"(t0) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}

/* 2 G, then 3 G. */
static void curve(u64 add, u64 twice, const u64 *base, int words) {
  memcpy(p, base, 8 * words);
  memcpy(q, base, 8 * words);
  call(twice, q, 0);
  call(add, p, q);
  commit_words(q, words);
  commit_words(p, words);
}

static void edwards(void) {
  memcpy(p, ed25519_base, 64);
  memcpy(q, ed25519_base, 64);
  call(ED_ADD, p, q);
  commit_words(p, 8);
  for (long sign = 0; sign < 2; sign++) {
    memset(q, 0xff, 32);
    memcpy(q + 4, ed25519_base + 4, 32);
    call(ED_DECOMPRESS, q, (void *)sign);
    commit_words(q, 8);
  }
}

/* Operands below the modulus: `top` bounds the last word of each field element. */
static void field(u64 add, int words, u64 top) {
  for (int degree = 1; degree <= 2; degree++) {
    for (u64 operation = 0; operation < 3; operation++) {
      for (int i = 0; i < degree * words; i++) {
        u64 mask = i % words == words - 1 ? top : UINT64_MAX;
        p[i] = random_u64() & mask;
        q[i] = random_u64() & mask;
      }
      call(add + 3 * (degree - 1) + operation, p, q);
      commit_words(p, degree * words);
    }
  }
}

static void integers(void) {
  for (int zero = 0; zero < 2; zero++) {
    for (int i = 0; i < 8; i++) {
      p[i] = random_u64();
      q[i] = zero && i >= 4 ? 0 : random_u64();
    }
    call(UINT256_MUL, p, q);
    commit_words(p, 4);
  }
  for (int i = 0; i < 12; i++) w[i] = random_u64() | (i < 8 ? (u64)1 << 63 : 0);
  for (u64 code = UINT256_ADD_CARRY; code <= UINT256_MUL_CARRY; code++) {
    call_carry(code, w, w + 4, w + 8, p, q);
    commit_words(p, 4);
    commit_words(q, 4);
  }
  /* The sum over one of its addends, the carry over another. */
  call_carry(UINT256_ADD_CARRY, w, w + 4, w + 8, w, w + 8);
  commit_words(w, 12);
}

static void hashes(void) {
  for (int i = 0; i < 25; i++) p[i] = random_u64();
  call(KECCAK_PERMUTE, p, 0);
  call(KECCAK_PERMUTE, p, 0);
  commit_words(p, 25);

  for (int i = 0; i < 8; i++) p[i] = random_u64() & 0x3fffffff3fffffff;
  call(POSEIDON2, p, 0);
  commit_words(p, 8);

  /* The upper halves of the words do not count. */
  for (int i = 0; i < 64; i++) w[i] = random_u64();
  for (int i = 0; i < 8; i++) p[i] = random_u64();
  call(SHA_EXTEND, w, 0);
  call(SHA_COMPRESS, w, p);
  commit_words(w, 64);
  commit_words(p, 8);
}

int main(void) {
  curve(SECP256K1_ADD, SECP256K1_DOUBLE, secp256k1_base, 8);
  curve(SECP256R1_ADD, SECP256R1_DOUBLE, secp256r1_base, 8);
  curve(BN254_ADD, BN254_DOUBLE, bn254_base, 8);
  curve(BLS12381_ADD, BLS12381_DOUBLE, bls12381_base, 12);
  edwards();
  field(BLS12381_FP_ADD, 6, 0x0fffffffffffffff);
  field(BN254_FP_ADD, 4, 0x1fffffffffffffff);
  integers();
  hashes();
  return 0;
}
