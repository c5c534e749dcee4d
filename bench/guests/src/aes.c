/*
 * AES-128 (FIPS 197) with four 1 KiB tables made at the start; counter mode over 16 KiB. The first encryption is the
 * standard's own example. argv[1]: passes.
 */
#include "guest.h"

enum { SIZE = 16384, ROUNDS = 10 };

static u8 sbox[256];
static u32 table[4][256]; /* column of MixColumns(SubBytes(x)), rotated by the row; least significant byte is row 0 */

static u8 times2(u8 x) { return (u8)(x << 1 ^ (x & 0x80 ? 0x1b : 0)); }

/* Section 5.1.1: inverse in GF(2^8), by powers of the generator 3, then the affine map. */
static NOINLINE void make_tables(void) {
  u8 power[255], log[256] = {0};
  u8 x = 1;
  for (int i = 0; i < 255; i++) {
    power[i] = x;
    log[x] = (u8)i;
    x ^= times2(x);
  }
  for (u32 i = 0; i < 256; i++) {
    u32 inverse = i ? power[(255 - log[i]) % 255] : 0;
    u32 doubled = inverse | inverse << 8;
    sbox[i] = (u8)(0x63 ^ inverse ^ doubled >> 7 ^ doubled >> 6 ^ doubled >> 5 ^ doubled >> 4);
  }
  for (u32 i = 0; i < 256; i++) {
    u8 s = sbox[i], s2 = times2(s);
    u32 column = s2 | (u32)s << 8 | (u32)s << 16 | (u32)(s2 ^ s) << 24;
    for (int row = 0; row < 4; row++) table[row][i] = row ? rotl32(column, 8 * row) : column;
  }
}

static inline u32 sub_word(u32 w) {
  return sbox[w & 255] | (u32)sbox[w >> 8 & 255] << 8 | (u32)sbox[w >> 16 & 255] << 16 | (u32)sbox[w >> 24] << 24;
}

static NOINLINE void expand_key(u32 *round_key, const u32 key[4]) {
  u8 rcon = 1;
  memcpy(round_key, key, 16);
  for (int i = 4; i < 4 * (ROUNDS + 1); i++) {
    u32 w = round_key[i - 1];
    if (i % 4 == 0) {
      w = sub_word(rotr32(w, 8)) ^ rcon;
      rcon = times2(rcon);
    }
    round_key[i] = round_key[i - 4] ^ w;
  }
}

NOINLINE void encrypt(u32 out[4], const u32 in[4], const u32 *k) {
  u32 s[4], t[4];
  for (int i = 0; i < 4; i++) s[i] = in[i] ^ k[i];
  for (int round = 1; round < ROUNDS; round++) {
    k += 4;
    for (int i = 0; i < 4; i++)
      t[i] = table[0][s[i] & 255] ^ table[1][s[(i + 1) & 3] >> 8 & 255] ^ table[2][s[(i + 2) & 3] >> 16 & 255] ^
             table[3][s[(i + 3) & 3] >> 24] ^ k[i];
    for (int i = 0; i < 4; i++) s[i] = t[i];
  }
  k += 4;
  for (int i = 0; i < 4; i++)
    out[i] = sub_word((s[i] & 0xff) | (s[(i + 1) & 3] & 0xff00) | (s[(i + 2) & 3] & 0xff0000) |
                      (s[(i + 3) & 3] & 0xff000000)) ^ k[i];
}

/* FIPS 197 appendix C.1, as little-endian words. */
static int matches_standard(void) {
  static const u32 key[4] = {0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c};
  static const u32 plain[4] = {0x33221100, 0x77665544, 0xbbaa9988, 0xffeeddcc};
  static const u32 cipher[4] = {0xd8e0c469, 0x30047b6a, 0x80b7cdd8, 0x5ac5b470};
  u32 round_key[4 * (ROUNDS + 1)], out[4];
  expand_key(round_key, key);
  encrypt(out, plain, round_key);
  return memcmp(out, cipher, sizeof cipher) == 0;
}

int main(int argc, char **argv) {
  static u32 data[SIZE / 4];
  u32 passes = arg_u32(argc, argv, 1, 250);
  make_tables();
  if (!matches_standard()) return 1;
  u32 round_key[4 * (ROUNDS + 1)];
  u32 counter[4] = {0xf0e1d2c3, 0xb4a59687, 0, 0};
  for (u32 pass = 0; pass < passes; pass++) {
    expand_key(round_key, data + pass % 1000 * 4);
    for (u32 i = 0; i < SIZE / 4; i += 4) {
      u32 stream[4];
      counter[3]++;
      encrypt(stream, counter, round_key);
      for (int j = 0; j < 4; j++) data[i + j] ^= stream[j];
    }
  }
  print("aes %x %x %x %x\n", data[0], data[1], data[2], data[SIZE / 4 - 1]);
  return 0;
}
