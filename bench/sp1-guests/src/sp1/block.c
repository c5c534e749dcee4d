/*
 * The mixture of a block of transactions, of some 300,000 instructions each: keys are sorted and copied, balances
 * updated; the payload is hashed with SHA3-256, the hash is a scalar on secp256k1 and on BN254 and a factor modulo 2^256,
 * and all of it goes into a chain of SHA-256. Reads the number of transactions as u64; commits that, the chain's end, the
 * product and a sum over the balances.
 */
#include "sp1.h"

enum {
  SHA_EXTEND = 0x00300105,
  SHA_COMPRESS = 0x00010106,
  KECCAK_PERMUTE = 0x00010109,
  SECP256K1_ADD = 0x0001010a,
  SECP256K1_DOUBLE = 0x0000010b,
  BN254_ADD = 0x0001010e,
  BN254_DOUBLE = 0x0000010f,
  UINT256_MUL = 0x0001011d,
};

enum { KEYS = 2048, BALANCES = 65536, ARCHIVE = 64, PRODUCTS = 64, RATE = 17 };

/* SEC 2 section 2.4.1, little-endian; EIP-196. */
static const u64 secp256k1_base[8] = {
    0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac,
    0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465,
};
static const u64 bn254_base[8] = {1, 0, 0, 0, 2, 0, 0, 0};
/* Order of secp256k1's base point. */
static const u64 order[4] = {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff};

static u64 payload[KEYS / 2], archive[ARCHIVE][KEYS / 2], balance[BALANCES];
static u32 seed = 2463534242u;

static void call(u64 code, const void *a, const void *b) {
  sp1_syscall((long)code, (long)a, (long)b, 0);
  asm volatile("" : : : "memory");
}

/* Merges runs of 1, 2, 4, … keys; an even number of passes would end in `from`. */
static NOINLINE void sort_keys(u32 *to, u32 *from) {
  for (u32 run = 1; run < KEYS; run *= 2) {
    for (u32 start = 0; start < KEYS; start += 2 * run) {
      const u32 *a = from + start, *b = a + run, *a_end = b, *b_end = b + run;
      u32 *out = to + start;
      while (a < a_end && b < b_end) *out++ = *b < *a ? *b++ : *a++;
      while (a < a_end) *out++ = *a++;
      while (b < b_end) *out++ = *b++;
    }
    u32 *other = from;
    from = to;
    to = other;
  }
}

static NOINLINE void make_payload(u64 transaction) {
  static u32 keys[KEYS];
  for (int i = 0; i < KEYS; i++) {
    keys[i] = xorshift32(&seed);
    balance[keys[i] % BALANCES] += keys[i];
  }
  sort_keys((u32 *)payload, keys);
  memcpy(archive[transaction % ARCHIVE], payload, sizeof payload);
  /* Every second doubleword from the transaction before. */
  const u64 *before = archive[(transaction + ARCHIVE - 1) % ARCHIVE];
  for (int i = 0; i < KEYS / 2; i += 2) payload[i] ^= before[i];
}

/* SHA3-256 (FIPS 202) of the payload. */
static NOINLINE void hash_payload(u64 digest[4]) {
  u64 state[25] = {0};
  int lane = 0;
  for (int i = 0; i < KEYS / 2; i++) {
    state[lane++] ^= payload[i];
    if (lane == RATE) {
      call(KECCAK_PERMUTE, state, 0);
      lane = 0;
    }
  }
  state[lane] ^= 0x06;
  state[RATE - 1] ^= (u64)1 << 63;
  call(KECCAK_PERMUTE, state, 0);
  memcpy(digest, state, 32);
}

/* Left to right; the highest of the scalar's bits counts as set. */
static NOINLINE void multiply(u64 p[8], const u64 base[8], const u64 *scalar, int bits, u64 add, u64 twice) {
  memcpy(p, base, 64);
  for (int i = bits - 2; i >= 0; i--) {
    call(twice, p, 0);
    if (scalar[i / 64] >> (i % 64) & 1) call(add, p, base);
  }
}

static u32 swap32(u32 x) { return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24; }

/* chain := SHA-256 of chain and 96 bytes more. The chain's words are as the precompile has them, in 8 bytes each. */
static NOINLINE void extend_chain(u64 chain[8], const u64 more[12]) {
  static const u32 initial[8] = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  };
  u64 words[48] = {0}, schedule[64], h[8];
  memcpy(words, chain, 64);
  for (int i = 0; i < 24; i++) words[8 + i] = swap32((u32)(more[i / 2] >> (i % 2 * 32)));
  words[32] = 0x80000000;
  words[47] = 128 * 8;
  for (int i = 0; i < 8; i++) h[i] = initial[i];
  for (int block = 0; block < 3; block++) {
    memcpy(schedule, words + 16 * block, 128);
    call(SHA_EXTEND, schedule, 0);
    call(SHA_COMPRESS, schedule, h);
  }
  memcpy(chain, h, 64);
}

int main(void) {
  u64 size;
  const u64 *input = sp1_read(&size);
  if (input == NULL || size != 8) return 1;
  u64 chain[8] = {0}, product[4] = {3}, factor[8], p[8], q[8], more[12];
  memcpy(factor + 4, order, 32);
  for (u64 transaction = 0; transaction < *input; transaction++) {
    make_payload(transaction);
    hash_payload(factor);
    multiply(p, secp256k1_base, factor, 128, SECP256K1_ADD, SECP256K1_DOUBLE);
    multiply(q, bn254_base, factor + 2, 64, BN254_ADD, BN254_DOUBLE);
    for (int i = 0; i < PRODUCTS; i++) call(UINT256_MUL, product, factor);
    memcpy(more, factor, 32);
    memcpy(more + 4, p, 32);
    memcpy(more + 8, q, 32);
    extend_chain(chain, more);
  }
  u64 sum = 0;
  for (int i = 0; i < BALANCES; i++) sum = sum * 31 + balance[i];
  sp1_commit(input, 8);
  for (int i = 0; i < 8; i += 2) {
    u64 pair = (u64)swap32((u32)chain[i]) | (u64)swap32((u32)chain[i + 1]) << 32;
    sp1_commit(&pair, 8);
  }
  sp1_commit(product, 32);
  sp1_commit(&sum, 8);
  return 0;
}
