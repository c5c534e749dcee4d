// What a jump is to the functions of a program: a call, a return, or neither.

import type { Instruction } from '../isa/instruction.ts';
import { opReads } from '../isa/summary.ts';
import type { GuestText } from './text.ts';

/** ra and t0: who writes one calls, who jumps through one returns (psABI, "Return-address prediction hints"). */
const LINKS = [1, 5];

/** Of a jump-and-link or a jump through a register. */
export function transferOf({ row, rd, rs1 }: Instruction): 'call' | 'return' | 'jump' {
  if (LINKS.includes(rd)) return 'call';
  return opReads(row).rs1 && LINKS.includes(rs1) ? 'return' : 'jump';
}

/** The slot that the jump at a slot goes to, where the text says so: by one instruction, or by one before that makes the address. */
export function fixedTargetOf(text: GuestText, slot: number): number | undefined {
  const { row, rs1, imm, size } = text.instructionAt(slot)!;
  const to = (offset: number): number => slot + (offset >> text.slotShift);
  if (row.effect.kind !== 'jump') return undefined;
  if (!opReads(row).rs1) return to(imm);
  const last = slot - (4 >> text.slotShift);
  const before = size === 4 && last >= 0 ? text.instructionAt(last) : undefined;
  return before?.row.mnemonic === 'auipc' && before.rd === rs1 ? to(before.imm + imm - 4) : undefined;
}
