#include "sha256.h"

/* FIPS 180-4 section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const u32 K[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline u32 big_sigma0(u32 x) { return rotr32(x, 2) ^ rotr32(x, 13) ^ rotr32(x, 22); }
static inline u32 big_sigma1(u32 x) { return rotr32(x, 6) ^ rotr32(x, 11) ^ rotr32(x, 25); }
static inline u32 small_sigma0(u32 x) { return rotr32(x, 7) ^ rotr32(x, 18) ^ x >> 3; }
static inline u32 small_sigma1(u32 x) { return rotr32(x, 17) ^ rotr32(x, 19) ^ x >> 10; }

static NOINLINE void compress(u32 h[8], const u8 block[64]) {
  u32 w[64];
  for (int t = 0; t < 16; t++)
    w[t] = (u32)block[4 * t] << 24 | (u32)block[4 * t + 1] << 16 | (u32)block[4 * t + 2] << 8 | block[4 * t + 3];
  for (int t = 16; t < 64; t++) w[t] = small_sigma1(w[t - 2]) + w[t - 7] + small_sigma0(w[t - 15]) + w[t - 16];

  u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], i = h[7];
  for (int t = 0; t < 64; t++) {
    u32 t1 = i + big_sigma1(e) + ((e & f) ^ (~e & g)) + K[t] + w[t];
    u32 t2 = big_sigma0(a) + ((a & b) ^ (a & c) ^ (b & c));
    i = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d;
  h[4] += e, h[5] += f, h[6] += g, h[7] += i;
}

void sha256_start(Sha256 *s) {
  /* FIPS 180-4 section 5.3.3: the square roots of the first eight primes. */
  static const u32 initial[8] = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  };
  memcpy(s->h, initial, sizeof initial);
  s->size = 0;
}

void sha256_add(Sha256 *s, const void *bytes, size_t size) {
  const u8 *from = bytes;
  size_t used = s->size & 63;
  s->size += size;
  while (size) {
    size_t n = 64 - used < size ? 64 - used : size;
    memcpy(s->block + used, from, n);
    from += n, size -= n, used += n;
    if (used == 64) {
      compress(s->h, s->block);
      used = 0;
    }
  }
}

void sha256_finish(Sha256 *s, u8 digest[32]) {
  u64 bits = s->size * 8;
  size_t used = s->size & 63;
  s->block[used++] = 0x80;
  if (used > 56) {
    memset(s->block + used, 0, 64 - used);
    compress(s->h, s->block);
    used = 0;
  }
  memset(s->block + used, 0, 56 - used);
  for (int i = 0; i < 8; i++) s->block[56 + i] = (u8)(bits >> (56 - 8 * i));
  compress(s->h, s->block);
  for (int i = 0; i < 32; i++) digest[i] = (u8)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}
