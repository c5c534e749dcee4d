# Entry under OpenVM: all registers are zero, the stack grows down from 0x200400.

  .section .text.start, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  lui sp, 0x200
  addi sp, sp, 0x400
  tail main
  .size _start, . - _start

  .section .note.GNU-stack, "", @progbits
