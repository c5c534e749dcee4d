// Data flow over a region's registers, each as two halves: what may be dirty (newer than the register file), what is
// live, and what is known of the high half. Halves are bits of a pair of 32-bit masks, low halves and high halves.

import type { Cond, Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import type { Row } from '../isa/row.ts';
import { opReads, writesRd } from '../isa/summary.ts';
import type { Block, Region } from './region.ts';

export interface Halves {
  readonly lo: number;
  readonly hi: number;
}

export const NONE: Halves = { lo: 0, hi: 0 };
export const union = (a: Halves, b: Halves): Halves => ({ lo: a.lo | b.lo, hi: a.hi | b.hi });
export const without = (a: Halves, b: Halves): Halves => ({ lo: a.lo & ~b.lo, hi: a.hi & ~b.hi });
export const same = (a: Halves, b: Halves): boolean => a.lo === b.lo && a.hi === b.hi;
export const covers = (a: Halves, b: Halves): boolean => (b.lo & ~a.lo) === 0 && (b.hi & ~a.hi) === 0;

const RS1_LO = 1;
const RS1_HI = 2;
const RS2_LO = 4;
const RS2_HI = 8;

/** Which halves of the leaves one half of an expression depends on. */
function needs(expr: Expr, half: 'lo' | 'hi'): number {
  switch (expr.op) {
    case 'const':
    case 'imm':
    case 'pc':
      return 0;
    case 'reg':
      return expr.field === 'rs1' ? (half === 'lo' ? RS1_LO : RS1_HI) : half === 'lo' ? RS2_LO : RS2_HI;
    case 'sext':
      return needs(expr.a, 'lo');
    case 'zext':
      return half === 'lo' ? needs(expr.a, 'lo') : 0;
    case 'trunc':
      return needs(expr.a, 'lo');
    case 'bool':
      return needsOfCond(expr.cond);
    default: {
      const low = needs(expr.a, 'lo') | needs(expr.b, 'lo');
      if (expr.w === 32) return low;
      const all = low | needs(expr.a, 'hi') | needs(expr.b, 'hi');
      if (half === 'hi') return all;
      switch (expr.op) {
        case 'add':
        case 'sub':
        case 'and':
        case 'or':
        case 'xor':
        case 'shl':
        case 'mul':
          return low;
        case 'shrU':
        case 'shrS':
          return low | needs(expr.a, 'hi');
        default:
          return all;
      }
    }
  }
}

function needsOfCond({ a, b }: Cond): number {
  const halves = (e: Expr): number => needs(e, 'lo') | (e.w === 64 ? needs(e, 'hi') : 0);
  return halves(a) | halves(b);
}

interface Needs {
  /** Needed whatever is live. */
  readonly always: number;
  readonly forLo: number;
  readonly forHi: number;
}

const needsByRow = new WeakMap<Row, Needs>();

function needsOfRow(row: Row): Needs {
  let found = needsByRow.get(row);
  if (found === undefined) {
    found = computeNeeds(row);
    needsByRow.set(row, found);
  }
  return found;
}

function computeNeeds({ effect }: Row): Needs {
  const whole = (e: Expr): number => needs(e, 'lo') | (e.w === 64 ? needs(e, 'hi') : 0);
  switch (effect.kind) {
    case 'write':
      return {
        always: 0,
        forLo: needs(effect.value, 'lo'),
        forHi: effect.value.w === 64 ? needs(effect.value, 'hi') : 0,
      };
    case 'load':
      return { always: whole(effect.address), forLo: 0, forHi: 0 };
    case 'store': {
      const value = needs(effect.value, 'lo') | (effect.bytes === 8 ? needs(effect.value, 'hi') : 0);
      return { always: whole(effect.address) | value, forLo: 0, forHi: 0 };
    }
    case 'branch':
      return { always: needsOfCond(effect.taken), forLo: 0, forHi: 0 };
    case 'jump':
      return { always: whole(effect.target), forLo: 0, forHi: 0 };
    default:
      return { always: 0, forLo: 0, forHi: 0 };
  }
}

/** Both halves of rd, where the instruction writes it. */
export function writes(instruction: Instruction, wide: boolean): Halves {
  if (instruction.rd === 0 || !writesRd(instruction.row)) return NONE;
  const bit = 1 << instruction.rd;
  return { lo: bit, hi: wide ? bit : 0 };
}

/** What the instruction reads, given what of its result is live; `observesOld`: rd too, where it writes that. */
export function reads(instruction: Instruction, live: Halves, wide: boolean, observesOld = false): Halves {
  if (observesOld) return union(writes(instruction, wide), readsOf(instruction.row, wide, instruction));
  const { always, forLo, forHi } = needsOfRow(instruction.row);
  const bit = 1 << instruction.rd;
  const all = always | (live.lo & bit ? forLo : 0) | (live.hi & bit ? forHi : 0);
  const one = 1 << instruction.rs1;
  const two = 1 << instruction.rs2;
  return {
    lo: ((all & RS1_LO ? one : 0) | (all & RS2_LO ? two : 0)) & ~1,
    hi: wide ? ((all & RS1_HI ? one : 0) | (all & RS2_HI ? two : 0)) & ~1 : 0,
  };
}

/** All that a recorder looks at: whole operands, whatever of them the result depends on. */
function readsOf(row: Row, wide: boolean, { rs1, rs2 }: Instruction): Halves {
  const operands = opReads(row);
  const bits = ((operands.rs1 ? 1 << rs1 : 0) | (operands.rs2 ? 1 << rs2 : 0)) & ~1;
  return { lo: bits, hi: wide ? bits : 0 };
}

/** Whether the instruction may leave the region in the middle of its block. */
export const mayLeave = (instruction: Instruction): boolean => {
  const { kind } = instruction.row.effect;
  return kind === 'load' || kind === 'store';
};

/** Whether the block ends by handing the register file to something else that comes back. */
export const handsOver = (block: Block): boolean => block.end.kind === 'call' || block.end.kind === 'ecall';

export interface Liveness {
  readonly wide: boolean;
  /** Per block: what is live at its start. */
  readonly liveIn: readonly Halves[];
  /** Per block in order: what is live, and what may be dirty, before each of its instructions and at its end. */
  readonly live: readonly (readonly Halves[])[];
  readonly dirty: readonly (readonly Halves[])[];
}

/** `heads` are the blocks that may leave at their start, where the count is tested. */
export function analyse(
  region: Region,
  order: readonly number[],
  heads: ReadonlySet<number>,
  wide: boolean,
  observesOld = false,
): Liveness {
  const dirtyIn = maybeDirty(region, order, wide);
  const dirty = region.blocks.map((block, node) => dirtyWithin(block, dirtyIn[node]!, wide));
  return { wide, dirty, ...findLive(region, order, heads, dirty, { wide, observesOld }) };
}

/** Visits each node, and again those that are unsettled by what was found at another, until none is. */
export function untilSettled(
  order: readonly number[],
  visit: (node: number, unsettle: (other: number) => void) => void,
): void {
  const unsettled = new Set(order);
  const unsettle = (other: number): void => void unsettled.add(other);
  while (unsettled.size > 0) for (const node of order) if (unsettled.delete(node)) visit(node, unsettle);
}

function maybeDirty(region: Region, order: readonly number[], wide: boolean): Halves[] {
  const made = region.blocks.map(block => block.instructions.map(i => writes(i, wide)).reduce(union, NONE));
  const dirtyIn = region.blocks.map(() => NONE);
  untilSettled(order, (node, unsettle) => {
    const block = region.blocks[node]!;
    const out = handsOver(block) ? NONE : union(dirtyIn[node]!, made[node]!);
    for (const successor of block.successors) {
      const merged = union(dirtyIn[successor]!, out);
      if (same(merged, dirtyIn[successor]!)) continue;
      dirtyIn[successor] = merged;
      unsettle(successor);
    }
  });
  return dirtyIn;
}

/** Dirty halves before each instruction of a block, and at its end. */
export function dirtyWithin(block: Block, dirtyIn: Halves, wide: boolean): Halves[] {
  const all = [dirtyIn];
  for (const instruction of block.instructions) all.push(union(all.at(-1)!, writes(instruction, wide)));
  return all;
}

/** Live halves before each instruction of a block, and at its end. */
export function liveWithin(
  block: Block,
  dirty: readonly Halves[],
  liveOut: Halves,
  wide: boolean,
  observesOld = false,
): Halves[] {
  const { instructions } = block;
  const before: Halves[] = new Array(instructions.length + 1);
  // What leaves the region spills what is dirty; a call or an environment call does so too, then starts afresh.
  const leaves = block.successors.length === 0 || handsOver(block);
  let current = leaves ? dirty.at(-1)! : block.end.kind === 'switch' ? union(liveOut, dirty.at(-1)!) : liveOut;
  before[instructions.length] = current;
  for (let i = instructions.length - 1; i >= 0; i--) {
    const instruction = instructions[i]!;
    const used = reads(instruction, current, wide, observesOld);
    current = union(without(current, writes(instruction, wide)), used);
    if (mayLeave(instruction)) current = union(current, dirty[i]!);
    before[i] = current;
  }
  return before;
}

function findLive(
  region: Region,
  order: readonly number[],
  heads: ReadonlySet<number>,
  dirty: readonly (readonly Halves[])[],
  { wide, observesOld }: { readonly wide: boolean; readonly observesOld: boolean },
): Pick<Liveness, 'liveIn' | 'live'> {
  const liveIn: Halves[] = region.blocks.map(() => NONE);
  const live: Halves[][] = new Array(region.blocks.length);
  const predecessors: number[][] = region.blocks.map(() => []);
  for (const node of order)
    for (const successor of region.blocks[node]!.successors) predecessors[successor]!.push(node);
  untilSettled([...order].reverse(), (node, unsettle) => {
    const block = region.blocks[node]!;
    const liveOut = block.successors.map(s => liveIn[s]!).reduce(union, NONE);
    live[node] = liveWithin(block, dirty[node]!, liveOut, wide, observesOld);
    const start = heads.has(node) ? union(live[node][0]!, dirty[node]![0]!) : live[node][0]!;
    if (same(start, liveIn[node]!)) return;
    liveIn[node] = start;
    for (const predecessor of predecessors[node]!) unsettle(predecessor);
  });
  return { liveIn, live };
}
