/* Unsigned 64-bit division for RV32, by the names GCC calls: shift and subtract, one quotient bit a step. */
#include "guest.h"

static inline u64 divide(u64 n, u64 d, u64 *rest) {
  u64 quotient = 0, r = 0;
  for (int i = 63; i >= 0; i--) {
    r = r << 1 | (n >> i & 1);
    if (r >= d) {
      r -= d;
      quotient |= (u64)1 << i;
    }
  }
  *rest = r;
  return quotient;
}

u64 __udivdi3(u64 n, u64 d) {
  u64 rest;
  return divide(n, d, &rest);
}

u64 __umoddi3(u64 n, u64 d) {
  u64 rest;
  divide(n, d, &rest);
  return rest;
}
