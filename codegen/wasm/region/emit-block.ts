// Instructions of a basic block as WebAssembly.

import type { Effect, Expr } from '../../isa/expr.ts';
import { writesRd } from '../../isa/summary.ts';
import { type Extended, knownResult, UNKNOWN, withKnown } from '../../region/known.ts';
import { type Halves, liveWithin, NONE, union } from '../../region/liveness.ts';
import type { RegionPlan } from '../../region/plan.ts';
import { lastPc } from '../../region/region.ts';
import { findRotates, type Rotate } from '../../region/rotates.ts';
import { op } from '../binary/instructions.ts';
import { type LeafOperands, lower, lowerLow, pushConstant } from '../lower.ts';
import type { Frame } from './frame.ts';
import type { AccessWriter, Instrument } from './instruments/instrument.ts';
import type { InstructionPlace, WantedHalves } from './place.ts';

export class Blocks {
  readonly #frame: Frame;
  readonly #accesses: AccessWriter;
  readonly #instrument: Instrument;
  readonly #plan: RegionPlan;
  readonly #wide: boolean;
  /** What is known of the registers' locals where the printer stands. */
  #known: Extended = UNKNOWN;
  /** Of the block that is written. */
  #rotates: ReadonlyMap<number, Rotate> = new Map();

  constructor(frame: Frame, accesses: AccessWriter, instrument: Instrument, plan: RegionPlan) {
    this.#frame = frame;
    this.#accesses = accesses;
    this.#instrument = instrument;
    this.#plan = plan;
    this.#wide = frame.options.xlen === 64;
  }

  /** The leaves of the last instruction of a block that is written up to there. */
  operandsOfLast(node: number): LeafOperands {
    return this.#frame.operands(this.#plan.region.blocks[node]!.instructions.at(-1)!, this.#known);
  }

  /** The last instruction of a block that is written up to there. */
  lastPlace(node: number): InstructionPlace {
    const block = this.#plan.region.blocks[node]!;
    const instruction = block.instructions.at(-1)!;
    const i = block.instructions.length - 1;
    return { node, i, pc: lastPc(block), instruction, operands: this.operandsOfLast(node) };
  }

  /** Per instruction of a block: the registers behind it whose upper halves are needed before the block's end. */
  #highsBehind(node: number): readonly number[] {
    const { region, liveIn, facts, observesOld } = this.#plan;
    const block = region.blocks[node]!;
    const both = ({ lo }: Halves): Halves => ({ lo, hi: lo });
    const liveOut = block.successors.map(s => liveIn[s]!).reduce(union, NONE);
    return liveWithin(block, facts[node]!.dirty.map(both), both(liveOut), true, observesOld).map(({ hi }) => hi);
  }

  /** The instructions of a block from the first on, without the last where that is a terminator which `branch` prints. */
  write(node: number, count: number): void {
    const block = this.#plan.region.blocks[node]!;
    const highs = this.#wide ? this.#highsBehind(node) : undefined;
    const live = this.#plan.facts[node]!.live;
    this.#known = this.#plan.knownIn[node]!;
    this.#rotates = findRotates(block);
    const sources = new Map([...this.#rotates.values()].map(({ first, source }) => [first, source]));
    let { pc } = block;
    for (let i = 0; i < count; i++) {
      const instruction = block.instructions[i]!;
      const effect = block.effects[i]!;
      const bit = instruction.rd === 0 ? 0 : 1 << instruction.rd;
      const isLow = highs !== undefined && (highs[i + 1]! & (1 << instruction.rd)) === 0;
      const wanted = (live[i + 1]!.lo & bit) === 0 ? 'nothing' : isLow ? 'low half' : 'all';
      const operands = this.#frame.operands(instruction, this.#known);
      const source = sources.get(i);
      if (source !== undefined) this.#keep(i, source);
      this.#instruction(effect, { node, i, pc, instruction, operands }, wanted);
      pc += instruction.size;
      if (highs === undefined || !writesRd(instruction.row)) continue;
      const known = isLow ? 0 : knownResult(instruction, effect, pc, this.#known);
      this.#known = withKnown(this.#known, instruction.rd, known);
    }
  }

  /** A register, before the first instruction of a rotation, in a local that is read at its last. */
  #keep(first: number, source: number): void {
    const { code } = this.#frame;
    code.localGet(this.#frame.register(source));
    code.localSet(this.#rotated(first));
  }

  #rotated(first: number): number {
    return this.#frame.local(`rotated ${first}`, this.#frame.v.word);
  }

  /** Pushes the value that an instruction writes. */
  #push(value: Expr, { i, operands }: InstructionPlace, wanted: WantedHalves): void {
    const { code } = this.#frame;
    const rotate = this.#rotates.get(i);
    if (rotate === undefined) {
      (wanted === 'all' ? lower : lowerLow)(code, value, operands);
      return;
    }
    const { first, amount, w } = rotate;
    const isWord = this.#wide && w === 32;
    code.localGet(this.#rotated(first));
    if (isWord) code.op(op.i32WrapI64);
    pushConstant(code, w, amount);
    code.op(w === 64 ? op.i64Rotl : op.i32Rotl);
    if (isWord) code.op(wanted === 'all' ? op.i64ExtendI32S : op.i64ExtendI32U);
  }

  #instruction(effect: Effect, place: InstructionPlace, wanted: WantedHalves): void {
    const { code, options, v } = this.#frame;
    const { instruction, operands } = place;
    this.#instrument.before?.(place, effect);
    switch (effect.kind) {
      case 'write':
        if (wanted === 'nothing') return;
        this.#push(effect.value, place, wanted);
        code.localSet(this.#frame.register(instruction.rd));
        return;
      case 'load':
      case 'store':
        this.#accesses.write(effect, place, wanted);
        return;
      case 'jump': {
        const { end } = this.#plan.region.blocks[place.node]!;
        if (end.kind === 'call' && end.to === undefined)
          v.word.set(this.#frame.target(), () => lower(code, effect.target, operands));
        if (wanted === 'nothing') return;
        pushConstant(code, options.xlen, place.pc + instruction.size);
        code.localSet(this.#frame.register(instruction.rd));
        return;
      }
      default:
        return;
    }
  }
}
