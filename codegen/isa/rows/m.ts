// The M extension. Encodings: riscv-opcodes rv_m, rv64_m. Meaning: RISC-V unprivileged ISA, the chapter on M; the results
// of division by zero and of overflow are part of the operators.

import type { BinaryOp, Xlen } from '../expr.ts';
import { type Definition, define, words } from '../row.ts';

export function m(xlen: Xlen): readonly Definition[] {
  const { rs2, compute, computeWord } = words(xlen);
  const full = (head: string, funct3: number, op: BinaryOp): Definition =>
    define('M', `${head} rd rs1 rs2 31..25=1 14..12=${funct3} 6..2=0x0C 1..0=3`, compute(op, rs2));
  const word = (head: string, funct3: number, op: BinaryOp): Definition =>
    define('M', `${head} rd rs1 rs2 31..25=1 14..12=${funct3} 6..2=0x0E 1..0=3`, computeWord(op, rs2));
  const common = [
    full('mul', 0, 'mul'),
    full('mulh', 1, 'mulhS'),
    full('mulhsu', 2, 'mulhSU'),
    full('mulhu', 3, 'mulhU'),
    full('div', 4, 'divS'),
    full('divu', 5, 'divU'),
    full('rem', 6, 'remS'),
    full('remu', 7, 'remU'),
  ];
  if (xlen === 32) return common;
  return [
    ...common,
    word('mulw', 0, 'mul'),
    word('divw', 4, 'divS'),
    word('divuw', 5, 'divU'),
    word('remw', 6, 'remS'),
    word('remuw', 7, 'remU'),
  ];
}
