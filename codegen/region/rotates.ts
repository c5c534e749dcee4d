// Rotations, which RISC-V without Zbb says in three instructions: a value shifted left, the same shifted right, and both put
// together. V8 sees them in 32-bit code, but not through the sign extensions of words of RV64.

import type { Binary, BinaryOp, Expr, Width } from '../isa/expr.ts';
import { writesRd } from '../isa/summary.ts';
import type { Block } from './region.ts';

/** What an instruction makes: a register as it was before instruction `first` of the block, rotated left, of 32 bits sign-extended. */
export interface Rotate {
  readonly first: number;
  readonly source: number;
  readonly amount: number;
  readonly w: Width;
}

interface Shift extends Omit<Rotate, 'first'> {
  readonly isLeft: boolean;
  /** Index of the instruction that made the source; -1 before the block. */
  readonly made: number;
}

/** These have no common bits to disagree about. */
const JOINING: readonly BinaryOp[] = ['or', 'xor', 'add'];

type Operand = Extract<Expr, { op: 'reg' }>;

/** A shift by a constant, of a register or of its low half. */
function shiftOf(value: Expr): { readonly operand: Operand; readonly expr: Binary } | undefined {
  const expr = value.op === 'sext' || value.op === 'zext' ? value.a : value;
  if ((expr.op !== 'shl' && expr.op !== 'shrU') || expr.b.op !== 'const') return undefined;
  const operand = expr.a.op === 'trunc' ? expr.a.a : expr.a;
  return operand.op === 'reg' ? { operand, expr } : undefined;
}

/** By index in the block: what its instructions rotate. */
export function findRotates({ instructions, effects }: Block): ReadonlyMap<number, Rotate> {
  const found = new Map<number, Rotate>();
  const made = new Map<number, number>();
  const shifts = new Map<number, Shift>();
  for (const [i, instruction] of instructions.entries()) {
    const effect = effects[i]!;
    if (effect.kind === 'write') {
      const { value } = effect;
      const shift = shiftOf(value);
      if (shift !== undefined) {
        const { w, b, op } = shift.expr;
        const amount = Number((b as Extract<Expr, { op: 'const' }>).value) % w;
        const source = instruction[shift.operand.field];
        shifts.set(i, { source, amount, w, isLeft: op === 'shl', made: made.get(source) ?? -1 });
      } else if (JOINING.includes(value.op as BinaryOp)) {
        const { a, b } = value as Binary;
        if (a.op === 'reg' && b.op === 'reg') {
          const places = [made.get(instruction[a.field]) ?? -1, made.get(instruction[b.field]) ?? -1] as const;
          const rotate = joined(places, shifts);
          if (rotate !== undefined) found.set(i, rotate);
        }
      }
    }
    if (writesRd(instruction.row) && instruction.rd !== 0) made.set(instruction.rd, i);
  }
  return found;
}

function joined(places: readonly [number, number], shifts: ReadonlyMap<number, Shift>): Rotate | undefined {
  const [a, b] = [shifts.get(places[0]), shifts.get(places[1])];
  if (a === undefined || b === undefined || a.isLeft === b.isLeft) return undefined;
  const { source, made, w } = a;
  if (b.source !== source || b.made !== made || b.w !== w || a.amount + b.amount !== w) return undefined;
  return { first: Math.min(...places), source, amount: a.isLeft ? a.amount : b.amount, w };
}
