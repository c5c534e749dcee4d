// The oracle: what rows mean, in BigInt, as plainly as possible and never fast. Every engine is tested against it.
// Values are unsigned numbers of their node's width.

import { assertNever } from '../../runtime/errors.ts';
import type { BinaryOp, CompareOp, Cond, Expr, Width, Xlen } from './expr.ts';
import type { Instruction } from './instruction.ts';

/** Values of an expression's leaves; taken modulo 2^width of the leaf, so a negative `imm` is sign-extended. */
export interface LeafValues {
  readonly rs1: bigint;
  readonly rs2: bigint;
  readonly imm: bigint;
  readonly pc: bigint;
}

const signed = BigInt.asIntN;
const unsigned = BigInt.asUintN;

function shiftAmount(w: Width, b: bigint): bigint {
  return b & BigInt(w - 1);
}

/** `a op b` for unsigned values of `w` bits; the result may need to be reduced. */
function operate(op: BinaryOp, w: Width, a: bigint, b: bigint): bigint {
  const n = BigInt(w);
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << shiftAmount(w, b);
    case 'shrU':
      return a >> shiftAmount(w, b);
    case 'shrS':
      return signed(w, a) >> shiftAmount(w, b);
    case 'mul':
      return a * b;
    case 'mulhS':
      return (signed(w, a) * signed(w, b)) >> n;
    case 'mulhU':
      return (a * b) >> n;
    case 'mulhSU':
      return (signed(w, a) * b) >> n;
    // BigInt division truncates, and MIN / -1 wraps back to MIN when reduced.
    case 'divS':
      return b === 0n ? -1n : signed(w, a) / signed(w, b);
    case 'divU':
      return b === 0n ? -1n : a / b;
    case 'remS':
      return b === 0n ? a : signed(w, a) % signed(w, b);
    case 'remU':
      return b === 0n ? a : a % b;
    default:
      return assertNever(op);
  }
}

/** The value of an expression, unsigned, below 2^width. */
export function evaluate(expr: Expr, leaves: LeafValues): bigint {
  switch (expr.op) {
    case 'const':
      return expr.value;
    case 'reg':
      return unsigned(expr.w, leaves[expr.field]);
    case 'imm':
      return unsigned(expr.w, leaves.imm);
    case 'pc':
      return unsigned(expr.w, leaves.pc);
    case 'sext':
      return unsigned(64, signed(32, evaluate(expr.a, leaves)));
    case 'zext':
      return evaluate(expr.a, leaves);
    case 'trunc':
      return unsigned(32, evaluate(expr.a, leaves));
    case 'bool':
      return evaluateCond(expr.cond, leaves) ? 1n : 0n;
    default:
      return unsigned(expr.w, operate(expr.op, expr.w, evaluate(expr.a, leaves), evaluate(expr.b, leaves)));
  }
}

function compare(op: CompareOp, w: Width, a: bigint, b: bigint): boolean {
  switch (op) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'ltS':
      return signed(w, a) < signed(w, b);
    case 'geS':
      return signed(w, a) >= signed(w, b);
    case 'ltU':
      return a < b;
    case 'geU':
      return a >= b;
    default:
      return assertNever(op);
  }
}

export function evaluateCond(cond: Cond, leaves: LeafValues): boolean {
  return compare(cond.op, cond.a.w, evaluate(cond.a, leaves), evaluate(cond.b, leaves));
}

/** A hart and its memory. Registers, pc and addresses are unsigned, below 2^xlen; absent bytes are 0. */
export interface OracleState {
  readonly xlen: Xlen;
  pc: bigint;
  readonly registers: bigint[];
  readonly memory: Map<bigint, number>;
}

/** A state with all registers and memory zero. */
export function oracleState(xlen: Xlen, pc: bigint): OracleState {
  return { xlen, pc, registers: Array<bigint>(32).fill(0n), memory: new Map() };
}

/** `bytes` bytes, little-endian, wrapping at the end of the address space. */
export function readMemory(state: OracleState, address: bigint, bytes: number): bigint {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) {
    value = (value << 8n) | BigInt(state.memory.get(unsigned(state.xlen, address + BigInt(i))) ?? 0);
  }
  return value;
}

export function writeMemory(state: OracleState, address: bigint, bytes: number, value: bigint): void {
  for (let i = 0; i < bytes; i++) {
    state.memory.set(unsigned(state.xlen, address + BigInt(i)), Number((value >> BigInt(8 * i)) & 0xffn));
  }
}

function writeRegister(state: OracleState, register: number, value: bigint): void {
  if (register !== 0) state.registers[register] = unsigned(state.xlen, value);
}

/**
 * Runs one instruction on the state. Nothing faults: any address and any alignment works. At an `ecall` or
 * `ebreak` the state is left alone, pc included.
 */
export function step(instruction: Instruction, state: OracleState): 'next' | 'ecall' | 'ebreak' {
  const { row, rd, rs1, rs2, imm, size } = instruction;
  const { effect } = row;
  const leaves = {
    rs1: state.registers[rs1]!,
    rs2: state.registers[rs2]!,
    imm: BigInt(imm),
    pc: state.pc,
  };
  const following = unsigned(state.xlen, state.pc + BigInt(size));
  let next = following;
  switch (effect.kind) {
    case 'write':
      writeRegister(state, rd, evaluate(effect.value, leaves));
      break;
    case 'load': {
      const value = readMemory(state, evaluate(effect.address, leaves), effect.bytes);
      writeRegister(state, rd, effect.signed ? signed(8 * effect.bytes, value) : value);
      break;
    }
    case 'store':
      writeMemory(state, evaluate(effect.address, leaves), effect.bytes, evaluate(effect.value, leaves));
      break;
    case 'branch':
      if (evaluateCond(effect.taken, leaves)) next = evaluate(effect.target, leaves);
      break;
    case 'jump':
      next = evaluate(effect.target, leaves);
      writeRegister(state, rd, following);
      break;
    case 'ecall':
    case 'ebreak':
      return effect.kind;
    case 'fence':
      break;
    default:
      assertNever(effect);
  }
  state.pc = next;
  return 'next';
}
