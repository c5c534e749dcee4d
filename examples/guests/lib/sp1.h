/* System calls of SP1 6 that the examples use. */
#ifndef SP1_H
#define SP1_H

#include "guest.h"

enum {
  SP1_HALT = 0x00,
  SP1_WRITE = 0x02,
  SP1_ENTER_UNCONSTRAINED = 0x03,
  SP1_EXIT_UNCONSTRAINED = 0x04,
  SP1_COMMIT = 0x10,
  SP1_COMMIT_DEFERRED_PROOFS = 0x1a,
  SP1_HINT_LEN = 0xf0,
  SP1_HINT_READ = 0xf1,
};

enum { SP1_FD_STDOUT = 1, SP1_FD_PUBLIC_VALUES = 13, SP1_FD_HINT = 14 };

#define SP1_NO_INPUT UINT64_MAX

long sp1_syscall(long code, long a0, long a1, long a2);

/* Length of the next input buffer, or SP1_NO_INPUT. */
u64 sp1_hint_len(void);

/* Moves the next input buffer, of exactly `size` bytes, to 8-aligned memory never touched before, of size/8 + 1 words. */
void sp1_hint_read(void *fresh, u64 size);

/* The next input buffer in the input region at 0x1C_0000_0000; NULL when there is none. */
const void *sp1_read(u64 *size);

void sp1_write(int fd, const void *bytes, size_t size);

/* Appends to the public values, whose SHA-256 sp1_halt commits. */
void sp1_commit(const void *bytes, size_t size);

_Noreturn void sp1_halt(int code);

#endif
