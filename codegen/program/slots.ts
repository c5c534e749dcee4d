// What both interpreters read: the decoded instruction of each slot, filled in when it is first reached.

import { CONTROL } from '../../runtime/layout.ts';
import { opReads, writesRd } from '../isa/summary.ts';
import type { GuestText } from './text.ts';

/** Words in P per slot, and log2 of their bytes. */
export const SLOT_WORDS = 4;
export const SLOT_SHIFT = 4;

/** The words of a slot: bytes of `operands` are the register words of rd, rs1 and rs2, and the slots to the next instruction. */
export const SLOT = { operation: 0, operands: 1, imm: 2, target: 3 } as const;

/** Values of `operation`; rows follow, at `ROW_BASE + row.index`. */
export const OPERATION = { undecoded: 0, illegal: 1, outside: 2 } as const;
export const ROW_BASE = 3;

/** Whether the interpreter ever came to the instruction at `slot`. */
export const isDecoded = (P: Int32Array, slot: number): boolean =>
  P[slot * SLOT_WORDS + SLOT.operation] !== OPERATION.undecoded;

/** Decodes the instruction at `slot` into P. */
export function predecode(text: GuestText, slot: number, P: Int32Array): void {
  const at = slot * SLOT_WORDS;
  if (slot >= text.slots || text.isGap(slot)) {
    P[at + SLOT.operation] = OPERATION.outside;
    return;
  }
  const instruction = text.instructionAt(slot);
  if (instruction === undefined) {
    P[at + SLOT.operation] = OPERATION.illegal;
    return;
  }
  const { row, rd, rs1, rs2, imm, size } = instruction;
  const reads = opReads(row);
  const destination = writesRd(row) ? (rd === 0 ? CONTROL.sink : 2 * rd) : 0;
  P[at + SLOT.operation] = ROW_BASE + row.index;
  P[at + SLOT.operands] =
    destination |
    ((reads.rs1 ? 2 * rs1 : 0) << 8) |
    ((reads.rs2 ? 2 * rs2 : 0) << 16) |
    ((size >> text.slotShift) << 24);
  P[at + SLOT.imm] = imm;
  const target = (slot << text.slotShift) + imm;
  const isDirect = row.effect.kind === 'branch' || row.effect.kind === 'jump';
  const inside = isDirect && target >= 0 && target < text.bytes.length && target % (1 << text.slotShift) === 0;
  P[at + SLOT.target] = inside ? target >> text.slotShift : -1;
}
