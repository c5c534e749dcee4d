// What is known of the high halves of registers along a region, and which halves are held in a valid local. Only
// meaningful for 64-bit registers.

import type { AccessBytes, Binary, Effect, Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import { writesRd } from '../isa/summary.ts';
import { type Halves, handsOver, type Liveness, same, untilSettled, writes } from './liveness.ts';
import type { Block, Region } from './region.ts';

/**
 * Of a 64-bit value: bit 0, hi = lo >> 31 (sign-extended); bit 1, hi = 0 (zero-extended). Of a 32-bit one: the same of
 * its sign extension, so that bit 0 is set and bit 1 says that it is not negative.
 */
export type Known = 0 | 1 | 2 | 3;
export const SEXT = 1;
export const ZEXT = 2;
const BOTH = 3;

export function knownOfValue(value: bigint): Known {
  const lo = BigInt.asIntN(32, value);
  const hi = BigInt.asIntN(64, value) >> 32n;
  return ((hi === lo >> 31n ? SEXT : 0) | (hi === 0n ? ZEXT : 0)) as Known;
}

export const knownOfLoad = (bytes: AccessBytes, signed: boolean): Known =>
  bytes === 8 ? 0 : signed ? SEXT : bytes === 4 ? ZEXT : BOTH;

/** What is known of leaves that are no constants. */
export type KnownLeaf = (leaf: 'rs1' | 'rs2' | 'imm' | 'pc') => Known;

/** What is known of a tree's value. */
export function knownOf(expr: Expr, leaf: KnownLeaf): Known {
  switch (expr.op) {
    case 'const':
      return knownOfValue(expr.w === 64 ? expr.value : BigInt.asIntN(32, expr.value));
    case 'reg':
      return leaf(expr.field);
    case 'imm':
    case 'pc':
      return leaf(expr.op);
    case 'sext':
      return knownOf(expr.a, leaf);
    case 'zext':
      return knownOf(expr.a, leaf) === BOTH ? BOTH : ZEXT;
    case 'trunc':
      return knownOf(expr.a, leaf) === BOTH ? BOTH : SEXT;
    case 'bool':
      return BOTH;
    default: {
      const known = knownOfBinary(expr, leaf);
      return expr.w === 64 ? known : ((known | SEXT) as Known);
    }
  }
}

/** Nothing is known of sums and products, whatever the operands. */
function knownOfBinary(expr: Binary, leaf: KnownLeaf): Known {
  switch (expr.op) {
    case 'and': {
      // No more bits than either operand has; where one is a small number, so is the result.
      const a = knownOf(expr.a, leaf);
      const b = knownOf(expr.b, leaf);
      return a === BOTH || b === BOTH ? BOTH : ((((a | b) & ZEXT) | (a & b)) as Known);
    }
    case 'or':
    case 'xor':
      return (knownOf(expr.a, leaf) & knownOf(expr.b, leaf)) as Known;
    case 'shrU':
    case 'shrS': {
      const amount = expr.b.op === 'const' ? Number(expr.b.value & BigInt(expr.w - 1)) : undefined;
      return knownOfShift(expr, knownOf(expr.a, leaf), amount);
    }
    default:
      return 0;
  }
}

/** `amount` is that of a shift to the right, where it is a constant. */
function knownOfShift({ op, w }: Binary, a: Known, amount: number | undefined): Known {
  if (op === 'shrS') {
    if (amount !== undefined && amount > 0 && (a & ZEXT) !== 0) return BOTH;
    return amount !== undefined && amount >= 32 ? SEXT : a;
  }
  if (amount === undefined) return a === BOTH ? BOTH : ((a & ZEXT) as Known);
  if (amount > 32 || (amount > 0 && ((a & ZEXT) !== 0 || w === 32))) return BOTH;
  return amount === 32 ? ZEXT : amount === 0 ? a : 0;
}

/** Registers known to be sign-extended and zero-extended, as bits. x0 is both. */
export interface Extended {
  readonly sext: number;
  readonly zext: number;
}

export const UNKNOWN: Extended = { sext: 1, zext: 1 };
const EVERYTHING: Extended = { sext: -1, zext: -1 };

export const knownIn = (e: Extended, r: number): Known =>
  (((e.sext >>> r) & 1 ? SEXT : 0) | ((e.zext >>> r) & 1 ? ZEXT : 0)) as Known;

export function withKnown(e: Extended, r: number, known: Known): Extended {
  if (r === 0 || knownIn(e, r) === known) return e;
  const bit = 1 << r;
  return {
    sext: known & SEXT ? e.sext | bit : e.sext & ~bit,
    zext: known & ZEXT ? e.zext | bit : e.zext & ~bit,
  };
}

const meet = (a: Extended, b: Extended): Extended => ({ sext: a.sext & b.sext, zext: a.zext & b.zext });

/** Whether the same is known of registers, given as bits. */
export const sameOf = (a: Extended, b: Extended, registers: number): boolean =>
  (((a.sext ^ b.sext) | (a.zext ^ b.zext)) & registers) === 0;

/** What is known of the value that an instruction, by its simplified effect, gives to rd; `next` is the pc behind it. */
export function knownResult(instruction: Instruction, effect: Effect, next: number, state: Extended): Known {
  switch (effect.kind) {
    case 'write':
      return knownOf(effect.value, leaf => (leaf === 'rs1' || leaf === 'rs2' ? knownIn(state, instruction[leaf]) : 0));
    case 'load':
      return knownOfLoad(effect.bytes, effect.signed);
    case 'jump':
      return knownOfValue(BigInt(next));
    default:
      return 0;
  }
}

/** Calls `each` with the state behind each instruction of a block; gives the last one. */
function follow(block: Block, before: Extended, each?: (state: Extended) => void): Extended {
  let state = before;
  let { pc } = block;
  for (let i = 0; i < block.instructions.length; i++) {
    const instruction = block.instructions[i]!;
    pc += instruction.size;
    if (instruction.rd !== 0 && writesRd(instruction.row))
      state = withKnown(state, instruction.rd, knownResult(instruction, block.effects[i]!, pc, state));
    each?.(state);
  }
  return state;
}

/** The state after each instruction of a block; element 0 is the state before the first. */
export function knownWithin(block: Block, before: Extended): Extended[] {
  const states = [before];
  follow(block, before, state => states.push(state));
  return states;
}

/** Per block: what is known at its start, the greatest solution. */
export function analyseKnown(region: Region, order: readonly number[]): Extended[] {
  const knownIn: Extended[] = region.blocks.map(() => EVERYTHING);
  knownIn[region.entry] = UNKNOWN;
  untilSettled(order, (node, unsettle) => {
    const block = region.blocks[node]!;
    const out = handsOver(block) ? UNKNOWN : follow(block, knownIn[node]!);
    for (const successor of block.successors) {
      const merged = meet(knownIn[successor]!, out);
      const old = knownIn[successor]!;
      if (merged.sext === old.sext && merged.zext === old.zext) continue;
      knownIn[successor] = merged;
      unsettle(successor);
    }
  });
  return knownIn;
}

/**
 * Valid halves before each instruction and at the end: the local holds the register's value, or (high halves) what is
 * known tells it. A result that is dead is not computed and leaves its local stale.
 */
export function validWithin(
  block: Block,
  before: Halves,
  live: readonly Halves[],
  known: readonly Extended[],
  wide: boolean,
): Halves[] {
  const all = [before];
  block.instructions.forEach((instruction, i) => {
    const made = writes(instruction, wide);
    const valid = all.at(-1)!;
    if (made.lo === 0) {
      all.push(valid);
      return;
    }
    const isKnown = knownIn(known[i + 1]!, instruction.rd) !== 0;
    const after = live[i + 1]!;
    const keepsHigh = wide && (after.hi & made.lo) !== 0;
    const keepsLow = (after.lo & made.lo) !== 0 || (keepsHigh && isKnown);
    all.push({
      lo: keepsLow ? valid.lo | made.lo : valid.lo & ~made.lo,
      hi: keepsHigh || (keepsLow && isKnown) ? valid.hi | made.hi : valid.hi & ~made.lo,
    });
  });
  return all;
}

export interface BlockFacts {
  readonly dirty: readonly Halves[];
  readonly live: readonly Halves[];
  readonly known: readonly Extended[];
  readonly valid: readonly Halves[];
}

/** Everything the emitter asks about a block, per instruction; of the blocks in `order`. */
export function factsOf(
  region: Region,
  order: readonly number[],
  { wide, liveIn, live, dirty }: Liveness,
  knownIn: readonly Extended[],
): BlockFacts[] {
  const known = region.blocks.map((block, node) =>
    wide ? knownWithin(block, knownIn[node]!) : new Array<Extended>(block.instructions.length + 1).fill(UNKNOWN),
  );
  const all: Halves = { lo: -1, hi: -1 };
  const validIn: Halves[] = region.blocks.map(() => all);
  validIn[region.entry] = liveIn[region.entry]!;
  const valid: Halves[][] = new Array(region.blocks.length);
  untilSettled(order, (node, unsettle) => {
    const block = region.blocks[node]!;
    valid[node] = validWithin(block, validIn[node]!, live[node]!, known[node]!, wide);
    const end = valid[node].at(-1)!;
    for (const successor of block.successors) {
      const out = handsOver(block) ? liveIn[successor]! : end;
      const old = validIn[successor]!;
      const merged = { lo: old.lo & out.lo, hi: old.hi & out.hi };
      if (same(merged, old)) continue;
      validIn[successor] = merged;
      unsettle(successor);
    }
  });
  return region.blocks.map((_, node) => ({
    dirty: dirty[node]!,
    live: live[node]!,
    known: known[node]!,
    valid: valid[node]!,
  }));
}
