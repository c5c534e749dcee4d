/* SHA-256 of a 64 KiB buffer, over and over; each digest goes into the next buffer. argv[1]: passes. */
#include "sha256.h"

int main(int argc, char **argv) {
  static u8 buffer[65536];
  static Sha256 state;
  u8 digest[32];
  u32 passes = arg_u32(argc, argv, 1, 90);
  for (u32 i = 0; i < sizeof buffer; i++) buffer[i] = (u8)(i * 7 + (i >> 8));
  for (u32 pass = 0; pass < passes; pass++) {
    sha256_start(&state);
    sha256_add(&state, buffer, sizeof buffer);
    sha256_finish(&state, digest);
    memcpy(buffer + (pass & 1023) * 32, digest, 32);
  }
  print("sha256 ");
  for (int i = 0; i < 32; i += 4)
    print("%x", (u32)digest[i] << 24 | (u32)digest[i + 1] << 16 | (u32)digest[i + 2] << 8 | digest[i + 3]);
  print("\n");
  return 0;
}
