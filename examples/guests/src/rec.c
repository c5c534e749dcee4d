/*
 * Recursion argv[1] deep (default 128000) that no compiler can turn into a loop: the value comes back through a memory
 * cell that each frame owns. At 48 bytes a frame or less the default needs under 64 MiB of stack.
 */
#include "guest.h"

NOINLINE u32 descend(u32 depth, u32 *parent) {
  u32 own = *parent * 1664525u + 1013904223u;
  if (depth == 0) return own;
  u32 below = descend(depth - 1, &own);
  *parent ^= own >> 7;
  return below ^ rotl32(own, 5);
}

int main(int argc, char **argv) {
  u32 depth = arg_u32(argc, argv, 1, 128000);
  u32 root = 1;
  u32 result = descend(depth, &root);
  print("depth %u result %x root %x\n", depth, result, root);
  return 0;
}
