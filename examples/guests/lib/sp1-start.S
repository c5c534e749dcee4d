# Entry under SP1: all registers are zero, the stack grows down from 0x78000000, the code of a system call is in t0.

  .section .text.start, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  lui sp, 0x78000
  call main
  tail sp1_halt
  .size _start, . - _start

# long sp1_syscall(long code, long a0, long a1, long a2): the result comes back in t0.
  .section .text.sp1_syscall, "ax", @progbits
  .globl sp1_syscall
  .type sp1_syscall, @function
sp1_syscall:
  mv t0, a0
  mv a0, a1
  mv a1, a2
  mv a2, a3
  ecall
  mv a0, t0
  ret
  .size sp1_syscall, . - sp1_syscall

  .section .note.GNU-stack, "", @progbits
