/*
 * Computes the square root of a u64 input in unconstrained mode, where it costs no proof, hands it back as a hint, and
 * checks it in constrained mode. What unconstrained mode wrote to memory is undone: `scratch` holds its old value.
 */
#include "sp1.h"

static volatile u64 scratch = 7;

static NOINLINE u64 integer_sqrt(u64 n) {
  u64 root = 0;
  for (u64 bit = (u64)1 << 31; bit; bit >>= 1)
    if ((root + bit) * (root + bit) <= n) root += bit;
  return root;
}

int main(void) {
  u64 size;
  const u64 *input = sp1_read(&size);
  if (input == NULL || size != 8) return 1;
  u64 n = *input;

  if (sp1_syscall(SP1_ENTER_UNCONSTRAINED, 0, 0, 0)) {
    u64 root = integer_sqrt(n);
    scratch = root;
    sp1_write(SP1_FD_HINT, &root, sizeof root);
    sp1_syscall(SP1_EXIT_UNCONSTRAINED, 0, 0, 0);
  }

  const u64 *hint = sp1_read(&size);
  if (hint == NULL || size != 8) return 2;
  u64 root = *hint;
  if (root > UINT32_MAX || root * root > n || n - root * root > 2 * root) return 3;
  u64 result[2] = {root, scratch};
  sp1_commit(result, sizeof result);
  return 0;
}
