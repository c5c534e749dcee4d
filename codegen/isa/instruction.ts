// A decoded instruction: a row and its operands. It does not know where it stands, so equal words may share one.

import type { Row } from './row.ts';

/** How a compressed instruction is written: its own name, and its operands as in `rd,imm(rs1)`. */
export interface CompressedForm {
  readonly mnemonic: string;
  readonly syntax: string;
}

export interface Instruction {
  readonly row: Row;
  /** Register numbers; 0 where the row has no such operand. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /**
   * The immediate as the row's meaning uses it, a signed 32-bit number: shifted for `lui` and `auipc`, the shift
   * amount for shifts, an offset in bytes for jumps and branches, fm, pred and succ together for `fence`; else 0.
   */
  readonly imm: number;
  /** Bytes it occupies. */
  readonly size: 2 | 4;
  /** Present on what was compressed: only the disassembler cares. */
  readonly form?: CompressedForm | undefined;
}
