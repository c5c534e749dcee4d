// Puts operands into an instruction word: the inverse of the decoder for 32-bit encodings.

import { immediateLayout } from './encoding.ts';
import type { Row } from './row.ts';

/** Operands as in `Instruction`; those a row lacks must be left out or 0. */
export interface Operands {
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly imm?: number;
}

/** Copies bits `hi..lo` of the value to the word, with `lo` landing at `at`. */
const place = (value: number, hi: number, lo: number, at: number): number =>
  ((value >>> lo) & (2 ** (hi - lo + 1) - 1)) << at;

function range(row: Row, imm: number, min: number, max: number, step: number): void {
  if (!Number.isInteger(imm) || imm < min || imm > max || imm % step !== 0) {
    throw new RangeError(`encode: immediate ${imm} does not fit ${row.mnemonic}`);
  }
}

function immediateBits(row: Row, imm: number): number {
  const layout = immediateLayout(row.encoding);
  switch (layout) {
    case 'none':
      range(row, imm, 0, 0, 1);
      return 0;
    case 'I':
    case 'fence':
      range(row, imm, -2048, 2047, 1);
      return imm << 20;
    case 'S':
      range(row, imm, -2048, 2047, 1);
      return place(imm, 11, 5, 25) | place(imm, 4, 0, 7);
    case 'B':
      range(row, imm, -4096, 4094, 2);
      return place(imm, 12, 12, 31) | place(imm, 10, 5, 25) | place(imm, 4, 1, 8) | place(imm, 11, 11, 7);
    case 'U':
      range(row, imm, -(2 ** 31), 2 ** 31 - 4096, 4096);
      return imm;
    case 'J':
      range(row, imm, -(2 ** 20), 2 ** 20 - 2, 2);
      return place(imm, 20, 20, 31) | place(imm, 10, 1, 21) | place(imm, 11, 11, 20) | place(imm, 19, 12, 12);
    case 'shamt5':
      range(row, imm, 0, 31, 1);
      return imm << 20;
    case 'shamt6':
      range(row, imm, 0, 63, 1);
      return imm << 20;
  }
}

function register(row: Row, name: 'rd' | 'rs1' | 'rs2', value: number, at: number): number {
  const limit = row.encoding.operands.includes(name) ? 31 : 0;
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw new RangeError(`encode: ${name} ${value} does not fit ${row.mnemonic}`);
  }
  return value << at;
}

/** The unsigned 32-bit instruction word; throws RangeError for an operand that does not fit. */
export function encode(row: Row, operands: Operands): number {
  const { rd = 0, rs1 = 0, rs2 = 0, imm = 0 } = operands;
  const registers = register(row, 'rd', rd, 7) | register(row, 'rs1', rs1, 15) | register(row, 'rs2', rs2, 20);
  return (row.encoding.match | registers | immediateBits(row, imm)) >>> 0;
}
