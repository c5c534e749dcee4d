// The operands of a row whose instruction is known only as its slot: variables that a case of an interpreter begins with.

import type { Row } from '../isa/index.ts';
import { opReads, writesRd } from '../isa/summary.ts';
import { SLOT } from '../program/slots.ts';
import { SEXT } from '../region/known.ts';
import { bin, declare, type Expression, id, index, num, type Statement } from './estree.ts';
import { type LeafWords, type WordHalves, wordIn } from './lower.ts';

/** A word of the slot at index `i`. */
export const slotWord = (word: number): Expression => index('P', bin('+', id('i'), num(word)));

/** A byte of the operands in `w`: the register words that rd, rs1 and rs2 name. */
const operandByte = (byte: 0 | 1 | 2): Expression =>
  bin('&', byte === 0 ? id('w') : bin('>>>', id('w'), num(8 * byte)), num(255));

/** The register whose word a variable holds. */
export const registerWord = (name: 'd' | 'x' | 'y', half: 0 | 1): Expression =>
  index('R', half === 0 ? id(name) : bin('+', id(name), num(1)));

const register = (name: 'x' | 'y'): WordHalves => ({ lo: registerWord(name, 0), hi: registerWord(name, 1), known: 0 });

const hasImmediate = (row: Row): boolean => row.encoding.operands.some(name => /imm|shamt/.test(name));

/** `pc` and `temporary` are the interpreter's own. */
export const slotLeaves = (row: Row, own: Pick<LeafWords, 'pc' | 'temporary'>): LeafWords => ({
  rs1: register('x'),
  rs2: register('y'),
  imm: wordIn(hasImmediate(row) ? id('imm') : num(0), num(0), SEXT),
  ...own,
});

/** Declares those of d, x, y and imm that the row has; `needsImmediate` false: that one is in the slot's target. */
export function slotOperands(row: Row, needsImmediate: boolean): Statement[] {
  const reads = opReads(row);
  const operands: [string, Expression][] = [];
  if (writesRd(row)) operands.push(['d', operandByte(0)]);
  if (reads.rs1) operands.push(['x', operandByte(1)]);
  if (reads.rs2) operands.push(['y', operandByte(2)]);
  if (needsImmediate && hasImmediate(row)) operands.push(['imm', slotWord(SLOT.imm)]);
  return operands.length > 0 ? [declare('const', operands)] : [];
}
