/*
 * Reads n as u64 and commits n pseudo-random bytes in pieces of 1, 2, 3, … bytes. The input is read to the heap behind
 * the image, as guests with a bump allocator do. Exits with n modulo 256.
 */
#include "sp1.h"

extern u64 _end[];

int main(void) {
  if (sp1_hint_len() != 8) return 255;
  sp1_hint_read(_end, 8);
  u64 n = _end[0];
  u8 *bytes = (u8 *)(_end + 2);
  u32 seed = 2463534242u;
  for (u64 i = 0; i < n; i++) bytes[i] = (u8)xorshift32(&seed);
  for (u64 at = 0, piece = 1; at < n; at += piece, piece++) {
    if (piece > n - at) piece = n - at;
    sp1_commit(bytes + at, piece);
  }
  return (int)(n & 255);
}
