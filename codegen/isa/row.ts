// A row of the instruction table: one encoding and one meaning.

import { type Encoding, parseEncoding } from './encoding.ts';
import type { AccessBytes, BinaryOp, CompareOp, Effect, Expr, Xlen } from './expr.ts';
import { add, binary, bool, compare, lo32, sext } from './expr.ts';

export interface Row {
  readonly mnemonic: string;
  readonly encoding: Encoding;
  /** The extension's letter. */
  readonly extension: string;
  readonly effect: Effect;
  /** Dense position in its Isa. */
  readonly index: number;
}

/** A row before an Isa has given it its index. */
export type Definition = Omit<Row, 'index'>;

export const define = (extension: string, text: string, effect: Effect): Definition => {
  const encoding = parseEncoding(text);
  return { mnemonic: encoding.mnemonic, encoding, extension, effect };
};

/** The leaves and usual effects of rows whose registers have `w` bits. */
export interface RowWords {
  readonly rs1: Expr;
  readonly rs2: Expr;
  readonly imm: Expr;
  readonly pc: Expr;
  write(value: Expr): Effect;
  /** rd = rs1 op b at full width. */
  compute(op: BinaryOp, b: Expr): Effect;
  /** rd = the sign-extended 32-bit result on the low halves (the `*w` instructions of RV64). */
  computeWord(op: BinaryOp, b: Expr): Effect;
  /** rd = 1 where rs1 op b, else 0. */
  set(op: CompareOp, b: Expr): Effect;
  branch(op: CompareOp): Effect;
  load(bytes: AccessBytes, signed: boolean): Effect;
  store(bytes: AccessBytes): Effect;
}

export function words(w: Xlen): RowWords {
  const rs1: Expr = { op: 'reg', w, field: 'rs1' };
  const rs2: Expr = { op: 'reg', w, field: 'rs2' };
  const imm: Expr = { op: 'imm', w };
  const pc: Expr = { op: 'pc', w };
  const write = (value: Expr): Effect => ({ kind: 'write', value });
  const address = add(rs1, imm);
  return {
    rs1,
    rs2,
    imm,
    pc,
    write,
    compute: (op, b) => write(binary(op, rs1, b)),
    computeWord: (op, b) => write(sext(binary(op, lo32(rs1), lo32(b)))),
    set: (op, b) => write(bool(w, compare(op, rs1, b))),
    branch: op => ({ kind: 'branch', taken: compare(op, rs1, rs2), target: add(pc, imm) }),
    load: (bytes, signed) => ({ kind: 'load', bytes, signed, address }),
    store: bytes => ({ kind: 'store', bytes, address, value: rs2 }),
  };
}
