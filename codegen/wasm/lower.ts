// Expr → WebAssembly, operands on the stack. A 64-bit value is an i64, a 32-bit one an i32. Trees are simplified.
// Operands are lowered again where an operator needs them twice: they are registers or casts of them.

import type { Binary, BinaryOp, CompareOp, Cond, Expr, Width } from '../isa/expr.ts';
import { type KnownLeaf, knownOf, SEXT, ZEXT } from '../region/known.ts';
import type { CodeWriter } from './binary/code.ts';
import { type Op, op, valueType } from './binary/instructions.ts';

/** What the leaves of an instruction's tree stand for. */
export interface LeafOperands {
  /** Register numbers. */
  readonly rs1: number;
  readonly rs2: number;
  /** What is known of their upper halves. */
  readonly known: KnownLeaf;
  /** Pushes the value of a register. */
  get(register: number): void;
  /** An i64 local that holds nothing between two instructions. */
  scratch(): number;
  /** Pushes what only running code knows; simplified trees of compiled code have neither. */
  leaf?(leaf: 'imm' | 'pc', width: Width): void;
}

export const NOTHING_KNOWN: KnownLeaf = () => 0;

type Simple = Exclude<BinaryOp, 'mulhS' | 'mulhU' | 'mulhSU' | 'divS' | 'divU' | 'remS' | 'remU'>;

const SIMPLE: Record<Width, Record<Simple, Op>> = {
  32: {
    add: op.i32Add,
    sub: op.i32Sub,
    and: op.i32And,
    or: op.i32Or,
    xor: op.i32Xor,
    shl: op.i32Shl,
    shrU: op.i32ShrU,
    shrS: op.i32ShrS,
    mul: op.i32Mul,
  },
  64: {
    add: op.i64Add,
    sub: op.i64Sub,
    and: op.i64And,
    or: op.i64Or,
    xor: op.i64Xor,
    shl: op.i64Shl,
    shrU: op.i64ShrU,
    shrS: op.i64ShrS,
    mul: op.i64Mul,
  },
};

const DIVIDE: Record<Width, Record<'divS' | 'divU' | 'remS' | 'remU', Op>> = {
  32: { divS: op.i32DivS, divU: op.i32DivU, remS: op.i32RemS, remU: op.i32RemU },
  64: { divS: op.i64DivS, divU: op.i64DivU, remS: op.i64RemS, remU: op.i64RemU },
};

const COMPARE: Record<Width, Record<CompareOp, Op>> = {
  32: { eq: op.i32Eq, ne: op.i32Ne, ltS: op.i32LtS, geS: op.i32GeS, ltU: op.i32LtU, geU: op.i32GeU },
  64: { eq: op.i64Eq, ne: op.i64Ne, ltS: op.i64LtS, geS: op.i64GeS, ltU: op.i64LtU, geU: op.i64GeU },
};

const OPPOSITE: Record<CompareOp, CompareOp> = { eq: 'ne', ne: 'eq', ltS: 'geS', geS: 'ltS', ltU: 'geU', geU: 'ltU' };

export const opposite = (cond: Cond): Cond => ({ ...cond, op: OPPOSITE[cond.op] });

export function pushConstant(code: CodeWriter, w: Width, value: bigint | number): void {
  if (w === 64) code.i64Const(value);
  else code.i32Const(typeof value === 'number' ? value : Number(BigInt.asIntN(32, value)));
}

/**
 * Pushes (local - base) >> shift for a multiple of 2^shift, and for anything else what is above every length: the bits
 * that must be zero are rotated to the top.
 */
export function pushIndex(code: CodeWriter, w: Width, local: number, base: number, shift: number): void {
  code.localGet(local);
  pushConstant(code, w, base);
  code.op(w === 64 ? op.i64Sub : op.i32Sub);
  pushConstant(code, w, shift);
  code.op(w === 64 ? op.i64Rotr : op.i32Rotr);
}

/** Pushes the value of a tree. */
export function lower(code: CodeWriter, expr: Expr, operands: LeafOperands): void {
  switch (expr.op) {
    case 'const':
      pushConstant(code, expr.w, expr.value);
      return;
    case 'reg':
      operands.get(operands[expr.field]);
      return;
    case 'imm':
    case 'pc':
      operands.leaf!(expr.op, expr.w);
      return;
    case 'sext':
    case 'zext': {
      const same = extendedFrom(expr.a, expr.op === 'sext' ? SEXT : ZEXT, operands);
      lower(code, same ?? expr.a, operands);
      if (same === undefined) code.op(expr.op === 'sext' ? op.i64ExtendI32S : op.i64ExtendI32U);
      return;
    }
    case 'trunc':
      lower(code, expr.a, operands);
      code.op(op.i32WrapI64);
      return;
    case 'bool':
      lowerCond(code, expr.cond, operands);
      if (expr.w === 64) code.op(op.i64ExtendI32U);
      return;
    default:
      lowerBinary(code, expr, operands);
  }
}

/** The value whose lower half a 32-bit tree is, where that is known to be so extended already. */
const extendedFrom = (expr: Expr, how: typeof SEXT | typeof ZEXT, { known }: LeafOperands): Expr | undefined =>
  expr.op === 'trunc' && (knownOf(expr.a, known) & how) !== 0 ? expr.a : undefined;

/** Pushes a value of which only the lower half is right: extending by zeros is free on most machines. */
export function lowerLow(code: CodeWriter, expr: Expr, operands: LeafOperands): void {
  lower(code, expr.op === 'sext' ? { op: 'zext', w: 64, a: expr.a } : expr, operands);
}

const isZero = (expr: Expr): boolean => expr.op === 'const' && expr.value === 0n;

/** Pushes 1 or 0. */
export function lowerCond(code: CodeWriter, { op: compare, a, b }: Cond, operands: LeafOperands): void {
  lower(code, a, operands);
  if (compare === 'eq' && isZero(b)) {
    code.op(a.w === 64 ? op.i64Eqz : op.i32Eqz);
    return;
  }
  lower(code, b, operands);
  code.op(COMPARE[a.w][compare]);
}

function lowerBinary(code: CodeWriter, expr: Binary, operands: LeafOperands): void {
  switch (expr.op) {
    case 'mulhS':
    case 'mulhU':
    case 'mulhSU':
      (expr.w === 64 ? lowerUpper64 : lowerUpper32)(code, expr, operands);
      return;
    case 'divS':
    case 'divU':
    case 'remS':
    case 'remU':
      lowerDivision(code, expr, expr.op, operands);
      return;
    default:
      lower(code, expr.a, operands);
      lower(code, expr.b, operands);
      code.op(SIMPLE[expr.w][expr.op]);
  }
}

/** WebAssembly traps at a zero divisor and at MIN / -1; its MIN rem -1 is 0 already. */
function lowerDivision(
  code: CodeWriter,
  { w, a, b }: Binary,
  operator: keyof (typeof DIVIDE)[32],
  operands: LeafOperands,
): void {
  const type = w === 64 ? valueType.i64 : valueType.i32;
  lower(code, b, operands);
  code.op(w === 64 ? op.i64Eqz : op.i32Eqz);
  code.if(type);
  if (operator === 'divS' || operator === 'divU') pushConstant(code, w, -1);
  else lower(code, a, operands);
  code.else();
  if (operator === 'divS') {
    lower(code, b, operands);
    pushConstant(code, w, -1);
    code.op(COMPARE[w].eq);
    code.if(type);
    pushConstant(code, w, 0);
    lower(code, a, operands);
    code.op(SIMPLE[w].sub);
    code.else();
  }
  lower(code, a, operands);
  lower(code, b, operands);
  code.op(DIVIDE[w][operator]);
  if (operator === 'divS') code.end();
  code.end();
}

function lowerUpper32(code: CodeWriter, { op: operator, a, b }: Binary, operands: LeafOperands): void {
  lower(code, a, operands);
  code.op(operator === 'mulhU' ? op.i64ExtendI32U : op.i64ExtendI32S);
  lower(code, b, operands);
  code.op(operator === 'mulhS' ? op.i64ExtendI32S : op.i64ExtendI32U);
  code.op(op.i64Mul);
  code.i64Const(32);
  code.op(op.i64ShrU);
  code.op(op.i32WrapI64);
}

/** Four products of halves; with t = hi(a)lo(b) + carry and u = lo(t) + lo(a)hi(b), neither of which overflows. */
function lowerUpper64(code: CodeWriter, { op: operator, a, b }: Binary, operands: LeafOperands): void {
  const low = (e: Expr): void => {
    lower(code, e, operands);
    code.i64Const(0xffffffff);
    code.op(op.i64And);
  };
  const high = (e: Expr): void => {
    lower(code, e, operands);
    shiftDown();
  };
  const shiftDown = (): void => {
    code.i64Const(32);
    code.op(op.i64ShrU);
  };
  const t = operands.scratch();
  low(a);
  low(b);
  code.op(op.i64Mul);
  shiftDown();
  high(a);
  low(b);
  code.op(op.i64Mul);
  code.op(op.i64Add);
  code.localSet(t);
  high(a);
  high(b);
  code.op(op.i64Mul);
  code.localGet(t);
  shiftDown();
  code.op(op.i64Add);
  code.localGet(t);
  code.i64Const(0xffffffff);
  code.op(op.i64And);
  low(a);
  high(b);
  code.op(op.i64Mul);
  code.op(op.i64Add);
  shiftDown();
  code.op(op.i64Add);
  // A negative operand counts 2^64 too much.
  if (operator !== 'mulhU') subtractIfNegative(code, a, b, operands);
  if (operator === 'mulhS') subtractIfNegative(code, b, a, operands);
}

function subtractIfNegative(code: CodeWriter, sign: Expr, amount: Expr, operands: LeafOperands): void {
  lower(code, sign, operands);
  code.i64Const(63);
  code.op(op.i64ShrS);
  lower(code, amount, operands);
  code.op(op.i64And);
  code.op(op.i64Sub);
}
