/*
 * A kernel of bench/guests as a guest of OpenVM: its Linux system calls become phantoms, and its argument is the input
 * vector, as text. What it prints is what its RV32 build prints.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "openvm.h"

int kernel(int argc, char **argv);

extern char _end[];

long syscall3(long number, long a0, long a1, long a2) {
  static word top;
  switch (number) {
    case SYS_write:
      openvm_print((const void *)a1, (u32)a2);
      return a2;
    case SYS_brk:
      if (top < (word)a0) top = (word)a0;
      if (top == 0) top = (word)_end;
      return (long)top;
    case SYS_exit_group:
      openvm_halt((int)a0);
    default:
      return -38; /* ENOSYS */
  }
}

int main(void) {
  static u32 text[4]; /* the last word stays zero: the text ends there */
  u32 size;
  openvm_hint_input();
  openvm_hint_buffer(&size, 1);
  if (size > 0) openvm_hint_buffer(text, size > 12 ? 3 : (size + 3) / 4);
  char *argv[] = {"", (char *)text, NULL};
  int code = kernel(size == 0 ? 1 : 2, argv);
  finish(code);
}

#define main kernel

#endif
