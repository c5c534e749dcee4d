# Entry: sp points at argc, then argv[0..argc-1], NULL, envp[..], NULL, in words of XLEN bits (the Linux process stack).

#if __riscv_xlen == 64
# define LOAD ld
# define WORD_SHIFT 3
#else
# define LOAD lw
# define WORD_SHIFT 2
#endif

  .section .text.start, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  LOAD a0, 0(sp)
  addi a1, sp, 1 << WORD_SHIFT
  addi a2, a0, 1
  slli a2, a2, WORD_SHIFT
  add a2, a1, a2
  andi sp, sp, -16
  call main
  tail finish
  .size _start, . - _start

  .section .text.syscall3, "ax", @progbits
  .globl syscall3
  .type syscall3, @function
syscall3:
  mv a7, a0
  mv a0, a1
  mv a1, a2
  mv a2, a3
  ecall
  ret
  .size syscall3, . - syscall3

  .section .note.GNU-stack, "", @progbits
