// A region: the basic blocks reachable from one entry without leaving its guest function. The unit of compilation.

import type { Effect, Expr } from '../isa/expr.ts';
import type { Instruction } from '../isa/instruction.ts';
import { type KnownLeaves, simplify, simplifyEffect } from '../isa/simplify.ts';
import { opReads } from '../isa/summary.ts';
import type { GuestText } from '../program/text.ts';
import type { FlowGraph } from './structure.ts';

/** How a block ends. Addresses are guest pcs; `to` of an indirect call or jump is undefined. */
export type Terminator =
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'call'; readonly to: number | undefined; readonly next: number }
  | { readonly kind: 'return' }
  /** A jump through a register to a place never seen. */
  | { readonly kind: 'indirect' }
  | { readonly kind: 'switch'; readonly targets: readonly number[] }
  | { readonly kind: 'ecall'; readonly next: number }
  /** The interpreter takes over at this pc: an instruction that is not translated. */
  | { readonly kind: 'interpret'; readonly at: number }
  /** Goes on in another region. */
  | { readonly kind: 'exit'; readonly to: number };

export interface Block {
  readonly pc: number;
  /** The last one is the terminator's, where that has an instruction of its own. */
  readonly instructions: readonly Instruction[];
  /** What each does, simplified: immediates, pcs and x0 are constants. */
  readonly effects: readonly Effect[];
  readonly end: Terminator;
  readonly successors: readonly number[];
}

export interface Region extends FlowGraph {
  readonly entryPc: number;
  readonly blocks: readonly Block[];
  readonly instructionCount: number;
}

export interface RegionOptions {
  /** Most guest instructions in one region. */
  readonly maxInstructions: number;
  /** Whether another function is known to start at a pc: a jump there leaves the region. */
  readonly isFunctionStart: (pc: number) => boolean;
  /** Targets that an indirect jump was seen to take. */
  readonly seenTargets: (pc: number) => readonly number[];
  /** Whether code at a pc was ever executed: a jump to any other leaves the region, which is the smaller for it. */
  readonly isReached?: (pc: number) => boolean;
}

const RETURN_REGISTERS = [1, 5];
const MAX_BLOCK = 512;

interface RawBlock {
  readonly pc: number;
  readonly instructions: Instruction[];
  readonly end: Terminator;
}

/** Blocks from `entry` on, breadth first, until the budget of instructions is spent. */
export function formRegion(text: GuestText, entry: number, options: RegionOptions): Region {
  const leaders = findLeaders(text, entry, options);
  const raw = new Map<number, RawBlock>();
  const queue = [entry];
  let instructionCount = 0;
  for (let head = 0; head < queue.length; head++) {
    const pc = queue[head]!;
    if (raw.has(pc) || instructionCount >= options.maxInstructions) continue;
    const block = readBlock(text, pc, leaders, options);
    raw.set(pc, block);
    instructionCount += block.instructions.length;
    for (const target of targetsOf(block.end))
      if (!raw.has(target) && isInside(target, block.end, entry, options)) queue.push(target);
  }
  return link(entry, raw, instructionCount);
}

/** What a call returns to counts as reached: the first one may still be under way. */
function isInside(pc: number, { kind }: Terminator, entry: number, options: RegionOptions): boolean {
  if (pc === entry) return true;
  return !options.isFunctionStart(pc) && (kind === 'call' || options.isReached?.(pc) !== false);
}

export function targetsOf(end: Terminator): readonly number[] {
  switch (end.kind) {
    case 'branch':
      return [end.taken, end.next];
    case 'jump':
      return [end.to];
    case 'call':
    case 'ecall':
      return [end.next];
    case 'switch':
      return end.targets;
    default:
      return [];
  }
}

/** Every pc that something in the region jumps to. */
function findLeaders(text: GuestText, entry: number, options: RegionOptions): ReadonlySet<number> {
  const leaders = new Set([entry]);
  const queue = [entry];
  const none: ReadonlySet<number> = new Set();
  const seen = new Set<number>();
  let count = 0;
  for (let head = 0; head < queue.length && count < 2 * options.maxInstructions; head++) {
    const pc = queue[head]!;
    if (seen.has(pc)) continue;
    const block = readBlock(text, pc, none, options, seen);
    count += block.instructions.length;
    for (const target of targetsOf(block.end)) {
      if (!isInside(target, block.end, entry, options)) continue;
      leaders.add(target);
      queue.push(target);
    }
  }
  return leaders;
}

/** Instructions from `pc` to a terminator or the next leader. */
function readBlock(
  text: GuestText,
  pc: number,
  leaders: ReadonlySet<number>,
  options: RegionOptions,
  seen?: Set<number>,
): RawBlock {
  const instructions: Instruction[] = [];
  const constants = new Map<number, bigint>([[0, 0n]]);
  for (let at = pc; ; ) {
    if (at !== pc && (leaders.has(at) || instructions.length >= MAX_BLOCK || seen?.has(at))) {
      return { pc, instructions, end: { kind: 'jump', to: at } };
    }
    seen?.add(at);
    const slot = (at - text.base) >> text.slotShift;
    const instruction = at >= text.base ? text.instructionAt(slot) : undefined;
    if (instruction === undefined || instruction.row.effect.kind === 'ebreak') {
      return { pc, instructions, end: { kind: 'interpret', at } };
    }
    const next = at + instruction.size;
    const end = terminator(instruction, at, next, constants, text, options);
    // The interpreter does the whole of what leaves the text: here it must not count.
    if (end?.kind === 'interpret') return { pc, instructions, end };
    instructions.push(instruction);
    if (end !== undefined) return { pc, instructions, end };
    follow(instruction, at, constants);
    at = next;
  }
}

function terminator(
  instruction: Instruction,
  at: number,
  next: number,
  constants: ReadonlyMap<number, bigint>,
  text: GuestText,
  options: RegionOptions,
): Terminator | undefined {
  const { effect } = instruction.row;
  const inside = (pc: number): boolean =>
    pc >= text.base && pc < text.base + text.bytes.length && (pc - text.base) % (1 << text.slotShift) === 0;
  switch (effect.kind) {
    case 'branch': {
      const taken = at + instruction.imm;
      return inside(taken) && inside(next) ? { kind: 'branch', taken, next } : { kind: 'interpret', at };
    }
    case 'jump': {
      const to = staticTarget(instruction, at, constants);
      if (to !== undefined && !inside(to)) return { kind: 'interpret', at };
      if (instruction.rd !== 0) return { kind: 'call', to, next };
      if (to !== undefined) return { kind: 'jump', to };
      if (isReturn(instruction)) return { kind: 'return' };
      const targets = options.seenTargets(at).filter(inside);
      return targets.length === 0 ? { kind: 'indirect' } : { kind: 'switch', targets };
    }
    case 'ecall':
      return { kind: 'ecall', next };
    default:
      return undefined;
  }
}

/** Whether a jump through a register that links nothing returns. */
export const isReturn = ({ rd, rs1, imm }: Instruction): boolean =>
  rd === 0 && RETURN_REGISTERS.includes(rs1) && imm === 0;

/** The target of a jump whose leaves are all known. */
function staticTarget(
  instruction: Instruction,
  at: number,
  constants: ReadonlyMap<number, bigint>,
): number | undefined {
  const { effect } = instruction.row;
  if (effect.kind !== 'jump') return undefined;
  const value = constantValue(instruction, at, constants, effect.target);
  return value === undefined ? undefined : Number(value);
}

function constantValue(
  instruction: Instruction,
  at: number,
  constants: ReadonlyMap<number, bigint>,
  expr: Expr,
): bigint | undefined {
  const operands = opReads(instruction.row);
  if ((operands.rs1 && !constants.has(instruction.rs1)) || (operands.rs2 && !constants.has(instruction.rs2)))
    return undefined;
  const value = simplify(expr, {
    ...leavesOf(instruction, at),
    rs1: constants.get(instruction.rs1),
    rs2: constants.get(instruction.rs2),
  });
  return value.op === 'const' ? value.value : undefined;
}

const leavesOf = ({ rs1, rs2, imm }: Instruction, pc: number): KnownLeaves => ({
  rs1: rs1 === 0 ? 0n : undefined,
  rs2: rs2 === 0 ? 0n : undefined,
  imm: BigInt(imm),
  pc: BigInt(pc),
});

/** What the instructions of a block from `pc` on do, simplified. */
export function effectsOf(instructions: readonly Instruction[], pc: number): readonly Effect[] {
  let at = pc;
  return instructions.map(instruction => {
    const effect = simplifyEffect(instruction.row.effect, leavesOf(instruction, at));
    at += instruction.size;
    return effect;
  });
}

/** Keeps track of registers that hold constants within a block. */
function follow(instruction: Instruction, at: number, constants: Map<number, bigint>): void {
  const { effect } = instruction.row;
  const { rd } = instruction;
  if (rd === 0) return;
  if (effect.kind === 'load') constants.delete(rd);
  if (effect.kind !== 'write') return;
  const value = constantValue(instruction, at, constants, effect.value);
  if (value === undefined) constants.delete(rd);
  else constants.set(rd, value);
}

/** Numbers the blocks; targets outside become blocks of their own that leave. */
function link(entry: number, raw: ReadonlyMap<number, RawBlock>, instructionCount: number): Region {
  const numbers = new Map<number, number>();
  const pcs = [...raw.keys()];
  for (const pc of pcs) numbers.set(pc, numbers.size);
  const exits: number[] = [];
  const numberOf = (pc: number): number => {
    let found = numbers.get(pc);
    if (found === undefined) {
      found = numbers.size;
      numbers.set(pc, found);
      exits.push(pc);
    }
    return found;
  };
  const blocks: Block[] = pcs.map(pc => {
    const { instructions, end } = raw.get(pc)!;
    return { pc, instructions, effects: effectsOf(instructions, pc), end, successors: successorsOf(end, numberOf) };
  });
  for (const pc of exits)
    blocks.push({ pc, instructions: [], effects: [], end: { kind: 'exit', to: pc }, successors: [] });
  return {
    entryPc: entry,
    blocks,
    instructionCount,
    entry: 0,
    nodes: blocks.length,
    successors: node => blocks[node]!.successors,
  };
}

/** A switch has at least three successors, or it would read as a jump or a condition; the last one is repeated. */
function successorsOf(end: Terminator, numberOf: (pc: number) => number): readonly number[] {
  const numbers = targetsOf(end).map(numberOf);
  while (end.kind === 'switch' && numbers.length < 3) numbers.push(numbers.at(-1)!);
  return numbers;
}

/** Address behind a block's last instruction. */
export const endOf = ({ pc, instructions }: Pick<Block, 'pc' | 'instructions'>): number =>
  instructions.reduce((at, i) => at + i.size, pc);

/** Address of a block's last instruction. */
export const lastPc = ({ pc, instructions }: Block): number => endOf({ pc, instructions: instructions.slice(0, -1) });

/** Addresses of the jumps whose targets are only known from having been seen. */
export function indirectJumps(region: Region): readonly number[] {
  return region.blocks.filter(({ end }) => end.kind === 'switch' || end.kind === 'indirect').map(lastPc);
}
