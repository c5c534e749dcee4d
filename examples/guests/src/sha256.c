/* SHA-256 of standard input; of "abc" (the first example of FIPS 180-4) when standard input is empty. */
#include "sha256.h"

int main(void) {
  static u8 buffer[4096];
  static Sha256 state;
  u8 digest[32];
  sha256_start(&state);
  for (;;) {
    long n = sys_read(0, buffer, sizeof buffer);
    if (n < 0) return 1;
    if (n == 0) break;
    sha256_add(&state, buffer, (size_t)n);
  }
  if (state.size == 0) sha256_add(&state, "abc", 3);
  sha256_finish(&state, digest);
  for (int i = 0; i < 32; i += 4)
    print("%x", (u32)digest[i] << 24 | (u32)digest[i + 1] << 16 | (u32)digest[i + 2] << 8 | digest[i + 3]);
  print("\n");
  return 0;
}
