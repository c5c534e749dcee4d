// Expr → WebAssembly, operands on the stack. A 64-bit value is an i64, a 32-bit one an i32.
// Operands are lowered again where an operator needs them twice: they are registers or casts of them.

import { evaluate } from '../isa/evaluate.ts';
import type { BinaryOp, CompareOp, Cond, Expr, Width } from '../isa/expr.ts';
import type { CodeWriter } from './binary/code.ts';
import { type Op, op, valueType } from './binary/instructions.ts';

/** What the leaves of an instruction's tree stand for. */
export interface Operands {
  /** Register numbers; x0 is the constant zero. */
  readonly rs1: number;
  readonly rs2: number;
  /** Undefined where only running code knows it, and `leaf` pushes it. */
  readonly imm: bigint | undefined;
  readonly pc: bigint | undefined;
  /** Registers that hold sign-extended words, as bits. */
  readonly words: number;
  /** Pushes the value of a register other than x0. */
  get(register: number): void;
  /** An i64 local that holds nothing between two instructions. */
  scratch(): number;
  leaf?(leaf: 'imm' | 'pc', width: Width): void;
}

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

/** The value of a tree without registers other than x0, unsigned. */
export function constantOf(expr: Expr, operands: Operands): bigint | undefined {
  if (!isConstant(expr, operands)) return undefined;
  return evaluate(expr, { rs1: 0n, rs2: 0n, imm: operands.imm ?? 0n, pc: operands.pc ?? 0n });
}

function isConstant(expr: Expr, operands: Operands): boolean {
  switch (expr.op) {
    case 'reg':
      return operands[expr.field] === 0;
    case 'const':
      return true;
    case 'imm':
    case 'pc':
      return operands[expr.op] !== undefined;
    case 'sext':
    case 'zext':
    case 'trunc':
      return isConstant(expr.a, operands);
    case 'bool':
      return isConstant(expr.cond.a, operands) && isConstant(expr.cond.b, operands);
    default:
      return isConstant(expr.a, operands) && isConstant(expr.b, operands);
  }
}

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
export function lower(code: CodeWriter, expr: Expr, operands: Operands): void {
  const constant = constantOf(expr, operands);
  if (constant !== undefined) {
    pushConstant(code, expr.w, constant);
    return;
  }
  switch (expr.op) {
    case 'reg':
      operands.get(operands[expr.field]);
      return;
    case 'sext':
    case 'zext': {
      const same = expr.op === 'sext' ? copiedFrom(expr.a, operands) : undefined;
      if (same !== undefined && (operands.words >>> same) % 2 === 1) {
        operands.get(same);
        return;
      }
      lower(code, expr.a, operands);
      code.op(expr.op === 'sext' && !isPositive(expr.a, operands) ? op.i64ExtendI32S : op.i64ExtendI32U);
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
    case 'imm':
    case 'pc':
      operands.leaf!(expr.op, expr.w);
      return;
    case 'const':
      return;
    default:
      lowerBinary(code, expr, operands);
  }
}

/** Whether a 32-bit tree has no sign, being shifted right: extending it by zeros is free on most machines. */
function isPositive(expr: Expr, operands: Operands): boolean {
  if (expr.op !== 'shrU') return false;
  const amount = constantOf(expr.b, operands);
  return amount !== undefined && amount % 32n !== 0n;
}

/** Pushes a value of which only the lower half is right: extending by zeros is free on most machines. */
export function lowerLow(code: CodeWriter, expr: Expr, operands: Operands): void {
  if (expr.op !== 'sext' || constantOf(expr, operands) !== undefined) {
    lower(code, expr, operands);
    return;
  }
  lower(code, expr.a, operands);
  code.op(op.i64ExtendI32U);
}

/** The register whose lower half a 32-bit tree is. */
function copiedFrom(expr: Expr, operands: Operands): number | undefined {
  if (expr.op === 'trunc' && expr.a.op === 'reg') return operands[expr.a.field];
  if (expr.op === 'add' && constantOf(expr.b, operands) === 0n) return copiedFrom(expr.a, operands);
  return undefined;
}

/** Pushes 1 or 0. */
export function lowerCond(code: CodeWriter, { op: compare, a, b }: Cond, operands: Operands): void {
  lower(code, a, operands);
  if (compare === 'eq' && constantOf(b, operands) === 0n) {
    code.op(a.w === 64 ? op.i64Eqz : op.i32Eqz);
    return;
  }
  lower(code, b, operands);
  code.op(COMPARE[a.w][compare]);
}

type Binary = Extract<Expr, { op: BinaryOp }>;

function lowerBinary(code: CodeWriter, expr: Binary, operands: Operands): void {
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
    default: {
      const [same, other] = isNeutral(expr, operands) ?? [];
      if (same !== undefined && other !== undefined) {
        lower(code, same, operands);
        return;
      }
      lower(code, expr.a, operands);
      lower(code, expr.b, operands);
      code.op(SIMPLE[expr.w][expr.op]);
    }
  }
}

const NEUTRAL_RIGHT: ReadonlySet<BinaryOp> = new Set(['add', 'sub', 'or', 'xor', 'shl', 'shrU', 'shrS']);
const NEUTRAL_LEFT: ReadonlySet<BinaryOp> = new Set(['add', 'or', 'xor']);

/** The operand that is the result because the other is zero, and that other. */
function isNeutral({ op: operator, a, b }: Binary, operands: Operands): readonly [Expr, Expr] | undefined {
  if (NEUTRAL_RIGHT.has(operator) && constantOf(b, operands) === 0n) return [a, b];
  if (NEUTRAL_LEFT.has(operator) && constantOf(a, operands) === 0n) return [b, a];
  return undefined;
}

/** WebAssembly traps at a zero divisor and at MIN / -1; its MIN rem -1 is 0 already. */
function lowerDivision(
  code: CodeWriter,
  { w, a, b }: Binary,
  operator: keyof (typeof DIVIDE)[32],
  operands: Operands,
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

function lowerUpper32(code: CodeWriter, { op: operator, a, b }: Binary, operands: Operands): void {
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
function lowerUpper64(code: CodeWriter, { op: operator, a, b }: Binary, operands: Operands): void {
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

function subtractIfNegative(code: CodeWriter, sign: Expr, amount: Expr, operands: Operands): void {
  lower(code, sign, operands);
  code.i64Const(63);
  code.op(op.i64ShrS);
  lower(code, amount, operands);
  code.op(op.i64And);
  code.op(op.i64Sub);
}
