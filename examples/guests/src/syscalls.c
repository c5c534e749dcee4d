/* Each system call of the machine `bare` once, and what it answers; errors as negative errno. */
#include "guest.h"

typedef struct {
  i64 seconds, microseconds; /* RV64 only: RV32 has no agreed 32-bit form */
} Time;

int main(void) {
  char c;
  print("write to a closed descriptor: %d\n", (int)sys_write(77, "x", 1));
  print("read from a closed descriptor: %d\n", (int)sys_read(77, &c, 1));
  print("write of nothing: %d\n", (int)sys_write(1, "", 0));
  print("close twice: %d %d\n", (int)syscall3(SYS_close, 0, 0, 0), (int)syscall3(SYS_close, 0, 0, 0));
  print("read after close: %d\n", (int)sys_read(0, &c, 1));
  print("lseek of a closed descriptor: %d\n", (int)syscall3(SYS_lseek, 77, 0, 0));
  print("fstat of a closed descriptor: %d\n", (int)syscall3(SYS_fstat, 77, (long)&c, 0));
  print("unknown call: %d\n", (int)syscall3(4000, 0, 0, 0));

  word start = (word)syscall3(SYS_brk, 0, 0, 0);
  word grown = (word)syscall3(SYS_brk, (long)(start + 100000), 0, 0);
  print("brk grows by: %u\n", (u32)(grown - start));
  u8 sum = 0;
  for (word p = start; p < grown; p += 1000) sum |= *(volatile u8 *)p;
  print("fresh heap holds: %u\n", sum);
  print("brk shrinks to the start: %d\n", (word)syscall3(SYS_brk, (long)start, 0, 0) == start);
  print("brk below the image is refused: %d\n", (word)syscall3(SYS_brk, 1, 0, 0) == start);

#if __riscv_xlen == 64
  Time first, second;
  int answer = (int)syscall3(SYS_gettimeofday, (long)&first, 0, 0);
  syscall3(SYS_gettimeofday, (long)&second, 0, 0);
  i64 step = (second.seconds - first.seconds) * 1000000 + second.microseconds - first.microseconds;
  print("gettimeofday: %d, does not run backwards: %d\n", answer, step >= 0);
#endif
  flush();
  for (;;) syscall3(SYS_exit, 300 + 7, 0, 0);
}
