// What is known of the high halves of registers along a region (see `Known` in lower.ts), and which halves are
// held in a valid local. Only meaningful for 64-bit registers.

import type { Instruction } from '../isa/instruction.ts';
import { id } from '../javascript/estree.ts';
import { constantWord, type Known, type Leaves, lower, SEXT, type Word, ZEXT } from '../javascript/lower.ts';
import {
  dirtyWithin,
  type Halves,
  handsOver,
  type Liveness,
  liveWithin,
  NONE,
  same,
  union,
  writes,
} from './liveness.ts';
import type { Block, Region } from './region.ts';

/** Registers known to be sign-extended and zero-extended, as bits. x0 is both. */
export interface Extended {
  readonly sext: number;
  readonly zext: number;
}

export const UNKNOWN: Extended = { sext: 1, zext: 1 };
const EVERYTHING: Extended = { sext: -1, zext: -1 };

export const knownOf = (e: Extended, r: number): Known =>
  (((e.sext >>> r) & 1 ? SEXT : 0) | ((e.zext >>> r) & 1 ? ZEXT : 0)) as Known;

export function withKnown(e: Extended, r: number, known: Known): Extended {
  if (r === 0) return e;
  const bit = 1 << r;
  return {
    sext: known & SEXT ? e.sext | bit : e.sext & ~bit,
    zext: known & ZEXT ? e.zext | bit : e.zext & ~bit,
  };
}

const meet = (a: Extended, b: Extended): Extended => ({ sext: a.sext & b.sext, zext: a.zext & b.zext });

const X = id('x');

/** What is known of the value that an instruction gives to rd. */
export function knownResult(instruction: Instruction, pc: number, state: Extended): Known {
  const { effect } = instruction.row;
  switch (effect.kind) {
    case 'write': {
      const register = (r: number): Word => (r === 0 ? constantWord(0n) : { lo: X, hi: X, known: knownOf(state, r) });
      const leaves: Leaves = {
        rs1: register(instruction.rs1),
        rs2: register(instruction.rs2),
        imm: constantWord(BigInt(instruction.imm)),
        pc: constantWord(BigInt(pc)),
        temporary: e => e,
      };
      return lower(effect.value, leaves, true).known;
    }
    case 'load':
      return effect.bytes === 8 ? 0 : effect.signed ? SEXT : effect.bytes === 4 ? ZEXT : 3;
    case 'jump':
      return constantWord(BigInt(pc + instruction.size)).known;
    default:
      return 0;
  }
}

/** The state after each instruction of a block; element 0 is the state before the first. */
export function knownWithin(block: Block, before: Extended): Extended[] {
  const states = [before];
  let pc = block.pc;
  for (const instruction of block.instructions) {
    let state = states.at(-1)!;
    if (writes(instruction, true).lo !== 0)
      state = withKnown(state, instruction.rd, knownResult(instruction, pc, state));
    states.push(state);
    pc += instruction.size;
  }
  return states;
}

/** Per block: what is known at its start, the greatest solution. */
export function analyseKnown(region: Region, order: readonly number[]): Extended[] {
  const knownIn: Extended[] = region.blocks.map(() => EVERYTHING);
  knownIn[region.entry] = UNKNOWN;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      const block = region.blocks[node]!;
      const out = handsOver(block) ? UNKNOWN : knownWithin(block, knownIn[node]!).at(-1)!;
      for (const successor of block.successors) {
        const merged = meet(knownIn[successor]!, out);
        const old = knownIn[successor]!;
        if (merged.sext === old.sext && merged.zext === old.zext) continue;
        knownIn[successor] = merged;
        changed = true;
      }
    }
  }
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
    const isKnown = knownOf(known[i + 1]!, instruction.rd) !== 0;
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

/** Everything the emitter asks about a block, per instruction. */
export function factsOf(region: Region, order: readonly number[], liveness: Liveness): BlockFacts[] {
  const { wide, liveIn, dirtyIn } = liveness;
  const knownIn = wide ? analyseKnown(region, order) : region.blocks.map(() => UNKNOWN);
  const partial = region.blocks.map((block, node) => {
    const dirty = dirtyWithin(block, dirtyIn[node]!, wide);
    const liveOut = block.successors.map(s => liveIn[s]!).reduce(union, NONE);
    const live = liveWithin(block, dirty, liveOut, wide);
    const known = wide ? knownWithin(block, knownIn[node]!) : new Array(block.instructions.length + 1).fill(UNKNOWN);
    return { dirty, live, known };
  });
  const all: Halves = { lo: -1, hi: -1 };
  const validIn: Halves[] = region.blocks.map(() => all);
  validIn[region.entry] = liveIn[region.entry]!;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      const block = region.blocks[node]!;
      const { live, known } = partial[node]!;
      const end = validWithin(block, validIn[node]!, live, known, wide).at(-1)!;
      for (const successor of block.successors) {
        const out = handsOver(block) ? liveIn[successor]! : end;
        const old = validIn[successor]!;
        const merged = { lo: old.lo & out.lo, hi: old.hi & out.hi };
        if (same(merged, old)) continue;
        validIn[successor] = merged;
        changed = true;
      }
    }
  }
  return partial.map((facts, node) => ({
    ...facts,
    valid: validWithin(region.blocks[node]!, validIn[node]!, facts.live, facts.known, wide),
  }));
}
