/* Recursion 128,000 deep, each frame with a cell of its own in memory, under 64 MiB of stack. argv[1]: descents. */
#include "guest.h"

enum { DEPTH = 128000 };

NOINLINE u32 descend(u32 depth, u32 *parent) {
  u32 own = *parent * 1664525u + 1013904223u;
  if (depth == 0) return own;
  u32 below = descend(depth - 1, &own);
  *parent ^= own >> 7;
  return below ^ rotl32(own, 5);
}

int main(int argc, char **argv) {
  u32 descents = arg_u32(argc, argv, 1, 100);
  u32 root = 1, sum = 0;
  for (u32 i = 0; i < descents; i++) sum = rotl32(sum, 1) ^ descend(DEPTH, &root);
  print("rec %x %x\n", sum, root);
  return 0;
}
