#include "sp1.h"

#include "sha256.h"

#define INPUT_REGION 0x1c00000000ul

static Sha256 public_values;
static u64 public_values_size;

u64 sp1_hint_len(void) { return (u64)sp1_syscall(SP1_HINT_LEN, 0, 0, 0); }

void sp1_hint_read(void *fresh, u64 size) {
  sp1_syscall(SP1_HINT_READ, (long)fresh, (long)size, 0);
  asm volatile("" : : : "memory");
}

const void *sp1_read(u64 *size) {
  static word next = INPUT_REGION;
  u64 n = sp1_hint_len();
  if (n == SP1_NO_INPUT) return NULL;
  void *at = (void *)next;
  next += (n / 8 + 1) * 8;
  sp1_hint_read(at, n);
  *size = n;
  return at;
}

void sp1_write(int fd, const void *bytes, size_t size) { sp1_syscall(SP1_WRITE, fd, (long)bytes, (long)size); }

void sp1_commit(const void *bytes, size_t size) {
  if (public_values_size == 0) sha256_start(&public_values);
  public_values_size += size;
  sha256_add(&public_values, bytes, size);
  sp1_write(SP1_FD_PUBLIC_VALUES, bytes, size);
}

_Noreturn void sp1_halt(int code) {
  u8 digest[32];
  if (public_values_size == 0) sha256_start(&public_values);
  sha256_finish(&public_values, digest);
  for (int i = 0; i < 8; i++) {
    const u8 *d = digest + 4 * i;
    sp1_syscall(SP1_COMMIT, i, (u32)d[0] | (u32)d[1] << 8 | (u32)d[2] << 16 | (long)((u64)d[3] << 24), 0);
  }
  for (int i = 0; i < 8; i++) sp1_syscall(SP1_COMMIT_DEFERRED_PROOFS, i, 0, 0);
  for (;;) sp1_syscall(SP1_HALT, code, 0, 0);
}
