// What a jump is to the functions of a program: a call, a return, or neither.

import type { Instruction } from '../isa/instruction.ts';
import { opReads } from '../isa/summary.ts';

/** ra and t0: who writes one calls, who jumps through one returns (psABI, "Return-address prediction hints"). */
const LINKS = [1, 5];

/** Of a jump-and-link or a jump through a register. */
export function transferOf({ row, rd, rs1 }: Instruction): 'call' | 'return' | 'jump' {
  if (LINKS.includes(rd)) return 'call';
  return opReads(row).rs1 && LINKS.includes(rs1) ? 'return' : 'jump';
}
