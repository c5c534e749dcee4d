/* Reads n as u64 and commits n, F(n) and F(n + 1) modulo 2^64, each as 8 bytes. Exits with 1 where there is no input. */
#include "sp1.h"

static NOINLINE void fibonacci(u64 n, u64 pair[2]) {
  u64 a = 0, b = 1;
  for (u64 i = 0; i < n; i++) {
    u64 next = a + b;
    a = b;
    b = next;
  }
  pair[0] = a;
  pair[1] = b;
}

int main(void) {
  u64 size;
  const u64 *input = sp1_read(&size);
  if (input == NULL || size != 8) return 1;
  u64 pair[2];
  fibonacci(*input, pair);
  sp1_commit(input, sizeof *input);
  sp1_commit(pair, sizeof pair);
  return 0;
}
