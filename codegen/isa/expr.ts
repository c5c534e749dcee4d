// The words in which an instruction's meaning is written: typed expression trees without side effects,
// under exactly one effect per instruction. Everything that must know what `addw` means is a fold over these.

export type Xlen = 32 | 64;
export type Width = 32 | 64;

/**
 * Operators on two values of the node's width. Edge cases are part of the operator:
 * shifts use the low log2(width) bits of `b`; `div*` by zero gives all ones, `rem*` by zero gives `a`;
 * `MIN divS -1` is `MIN`, `MIN remS -1` is 0; `mulh*` is the upper half of the double-width product
 * (`mulhSU`: a signed, b unsigned). RISC-V unprivileged ISA, chapters 2 and 13.
 */
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'mul'
  | 'mulhS'
  | 'mulhU'
  | 'mulhSU'
  | 'divS'
  | 'divU'
  | 'remS'
  | 'remU';

export type CompareOp = 'eq' | 'ne' | 'ltS' | 'geS' | 'ltU' | 'geU';

export interface Constant {
  readonly op: 'const';
  readonly w: Width;
  /** Unsigned, below 2^w. */
  readonly value: bigint;
}

/** An operator on two trees of its width. */
export interface Binary<Tree = Expr> {
  readonly op: BinaryOp;
  readonly w: Width;
  readonly a: Tree;
  readonly b: Tree;
}

export interface Cond<Tree = Expr> {
  readonly op: CompareOp;
  readonly a: Tree;
  readonly b: Tree;
}

export type Expr =
  | Constant
  | { readonly op: 'reg'; readonly w: Width; readonly field: 'rs1' | 'rs2' }
  | { readonly op: 'imm'; readonly w: Width } // the row's own immediate, sign-extended
  | { readonly op: 'pc'; readonly w: Width } // address of this instruction
  | { readonly op: 'sext' | 'zext'; readonly w: 64; readonly a: Expr } // from 32
  | { readonly op: 'trunc'; readonly w: 32; readonly a: Expr } // from 64
  | { readonly op: 'bool'; readonly w: Width; readonly cond: Cond } // 1 or 0
  | Binary;

export type AccessBytes = 1 | 2 | 4 | 8;

/** What an instruction does besides going on to the next pc. Register results go to `rd`. */
export type Effect =
  | { readonly kind: 'write'; readonly value: Expr }
  | { readonly kind: 'load'; readonly bytes: AccessBytes; readonly signed: boolean; readonly address: Expr }
  | { readonly kind: 'store'; readonly bytes: AccessBytes; readonly address: Expr; readonly value: Expr }
  | { readonly kind: 'branch'; readonly taken: Cond; readonly target: Expr }
  | { readonly kind: 'jump'; readonly target: Expr } // rd = address of the next instruction
  | { readonly kind: 'ecall' }
  | { readonly kind: 'ebreak' }
  | { readonly kind: 'fence' }; // orders nothing here: one hart, no devices

export type EffectKind = Effect['kind'];

export function constant(w: Width, value: bigint): Constant {
  return { op: 'const', w, value: BigInt.asUintN(w, value) };
}

export function binary(op: BinaryOp, a: Expr, b: Expr): Expr {
  if (a.w !== b.w) throw new Error(`expr: ${op} of ${a.w} and ${b.w} bits`);
  return { op, w: a.w, a, b };
}

export const add = (a: Expr, b: Expr): Expr => binary('add', a, b);
export const sub = (a: Expr, b: Expr): Expr => binary('sub', a, b);
export const and = (a: Expr, b: Expr): Expr => binary('and', a, b);

export function compare(op: CompareOp, a: Expr, b: Expr): Cond {
  if (a.w !== b.w) throw new Error(`expr: ${op} of ${a.w} and ${b.w} bits`);
  return { op, a, b };
}

/** The low 32 bits of a 64-bit value. */
export const lo32 = (a: Expr): Expr => (a.w === 32 ? a : { op: 'trunc', w: 32, a });
/** A 32-bit value sign-extended to 64. */
export const sext = (a: Expr): Expr => ({ op: 'sext', w: 64, a });
export const bool = (w: Width, cond: Cond): Expr => ({ op: 'bool', w, cond });
