// What a guest of SP1 6 and its executor have agreed on: registers of a call, codes, clock, ends of memory.
// Reference: sp1:crates/core/executor/src/syscall_code.rs.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';

/** Register that holds the code of a call and takes its result. */
export const T0 = 5;
/** a0 … a4. */
export const ARGUMENTS = [10, 11, 12, 13, 14] as const;

/** Codes of calls that more than one place knows. */
export const CALL = {
  halt: 0x00,
  write: 0x02,
  enterUnconstrained: 0x03,
  exitUnconstrained: 0x04,
  commit: 0x10,
  commitDeferred: 0x1a,
  hintLen: 0xf0,
  hintRead: 0xf1,
  mprotect: 0x0000_0132,
  sigReturn: 0x0000_0134,
  shaExtend: 0x0030_0105,
  uint256AddCarry: 0x0001_0130,
  uint256MulCarry: 0x0001_0131,
} as const;

/** Whether a call has a chip of its own. */
export const isPrecompile = (code: number): boolean => (code & 0xff00) !== 0;

/** Where memory ends. */
export const ADDRESS_LIMIT: number = 2 ** 40;
/** The stack grows down from here; the image lies above. */
export const STACK_TOP = 0x7800_0000;
/** Where a guest goes that has finished. */
export const HALT_PC = 1;
/** clk of the first instruction. */
export const CLK_START = 1;
/** clk that a call takes beyond that of an instruction, the same as that of so many instructions, and in all. */
export const CLK_OF_ECALL = 256;
export const ECALL_INSTRUCTIONS: number = CLK_OF_ECALL / CLK_PER_INSTRUCTION;
export const CLK_PER_ECALL: number = CLK_PER_INSTRUCTION + CLK_OF_ECALL;
