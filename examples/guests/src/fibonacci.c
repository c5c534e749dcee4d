/* Prints the n-th Fibonacci number modulo 2^64 (argv[1], default 90), by iteration. */
#include "guest.h"

NOINLINE u64 fibonacci(u32 n) {
  u64 a = 0, b = 1;
  for (u32 i = 0; i < n; i++) {
    u64 next = a + b;
    a = b;
    b = next;
  }
  return a;
}

int main(int argc, char **argv) {
  u32 n = arg_u32(argc, argv, 1, 90);
  print("fibonacci(%u) = %U\n", n, fibonacci(n));
  return 0;
}
