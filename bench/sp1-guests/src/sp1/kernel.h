/*
 * A kernel of bench/guests as a guest of SP1: its Linux system calls become SP1's, and its argument is the input buffer,
 * as text. What it prints is what its RV64 build prints.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "sp1.h"

int kernel(int argc, char **argv);

extern char _end[];

long syscall3(long number, long a0, long a1, long a2) {
  static word top;
  switch (number) {
    case SYS_write:
      sp1_write((int)a0, (const void *)a1, (size_t)a2);
      return a2;
    case SYS_brk:
      if (top < (word)a0) top = (word)a0;
      if (top == 0) top = (word)_end;
      return (long)top;
    case SYS_exit_group:
      sp1_halt((int)a0);
    default:
      return -38; /* ENOSYS */
  }
}

int main(void) {
  u64 size;
  /* The word behind the last byte is zero: the text ends there. */
  char *argv[] = {"", (char *)sp1_read(&size), NULL};
  int code = kernel(argv[1] == NULL ? 1 : 2, argv);
  flush();
  return code;
}

#define main kernel

#endif
