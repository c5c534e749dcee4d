// A metered run at the speed of its engine: blocks and first touches of pages are counted by the text itself, and rows by
// AIR are worked out only where a segment might be over a limit.

import type { GuestText } from '../../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL } from '../../../../runtime/layout.ts';
import { UNMAPPED } from '../../../../runtime/memory/memory.ts';
import type { ClockState } from '../../../../runtime/trace/observer.ts';
import { type MeteredRun, metering, type Watcher } from '../../../engine/metering.ts';
import type { Observation } from '../../../engine/observation.ts';
import { Bounds, type Distance, type Room } from './bounds.ts';
import { InstructionRows } from './instruction-rows.ts';
import { TouchedPages } from './pages.ts';
import { METERED_PAGE_SHIFT, type SegmentLimits, type SegmentRules } from './rules.ts';
import { type CountedUse, Segmenter, type Usage } from './segmenter.ts';

const WORD_BYTES = 4;

export interface SegmentMeterOptions {
  readonly rules: SegmentRules;
  readonly limits: SegmentLimits;
  readonly checkEvery: number;
}

/** Slots of a text that hold instructions. */
export const instructionsOf = (text: GuestText): number => {
  let count = 0;
  for (let slot = 0; slot < text.slots; slot++) if (!text.isGap(slot)) count++;
  return count;
};

export class OpenVmMeter implements Watcher {
  readonly segmenter: Segmenter;
  readonly #run: MeteredRun;
  readonly #rows: InstructionRows;
  readonly #bounds: Bounds;
  readonly #checkEvery: number;
  readonly #isCheckpointed: boolean;
  readonly #pages: TouchedPages;
  /** A new segment has what was touched since the check before, wherever it was cut: every look is a period. */
  readonly #keepsRecent: boolean;
  touchesLeft: number = Number.POSITIVE_INFINITY;
  #hintWords = 0;
  /** Where rows were counted last. */
  #countedAt = 0;
  #countedPages = 0;
  #countedHints = 0;
  #countedUse: CountedUse;
  /** Checks that are past, and those that the segmenter knows of. */
  #checks = 0;
  #toldChecks = 0;

  constructor(run: MeteredRun, { rules, limits, checkEvery }: SegmentMeterOptions) {
    this.#run = run;
    this.#rows = new InstructionRows(run.text);
    this.segmenter = new Segmenter({ rules, limits, programLength: instructionsOf(run.text) });
    this.#bounds = new Bounds(rules, limits, checkEvery);
    this.#checkEvery = checkEvery;
    this.#isCheckpointed = rules.checkpointed;
    this.#keepsRecent = rules.nodesPerPage;
    this.#pages = new TouchedPages(run.memory.plan.areaBytes >>> METERED_PAGE_SHIFT);
    this.#countedUse = this.segmenter.counted;
  }

  /** Pages that instructions touched, each with a stamp. */
  touched(list: Int32Array): void {
    for (let i = 0; i < list.length; i += 2) this.#pages.touch(list[i]!);
  }

  get text(): GuestText {
    return this.#run.text;
  }

  /** By slot: how often its instruction was done so far. */
  counts(): ArrayLike<number> {
    return this.#run.counts();
  }

  /** Rows of instructions by AIR so far. */
  rows(): Float64Array {
    return this.#rows.rows(this.#run.blocks, this.#hintWords);
  }

  /** From where rows were counted to an instruction. */
  #distance(instructions: number): Distance {
    return {
      instructions: instructions - this.#countedAt,
      // One for the page of the registers, until it is counted.
      pages: this.#pages.count - this.#countedPages + 1,
      checks: this.#checks - this.#toldChecks,
      hints: this.#hintWords - this.#countedHints,
    };
  }

  /** How far the run may go before a check must count. */
  #unseen(instructions: number): Room {
    return this.#bounds.room(this.#countedUse, this.#distance(instructions));
  }

  room(clk: number): number {
    const instructions = clk / CLK_PER_INSTRUCTION;
    const done = Math.floor(instructions / this.#checkEvery);
    if (done > this.#checks) this.#check(instructions, done);
    const next = this.#checkEvery - (instructions % this.#checkEvery);
    this.touchesLeft = Number.POSITIVE_INFINITY;
    // A segment may end at any check that passed, where the rules say so: hints, which no bound is of, may come behind it.
    if (this.#isCheckpointed) return next;
    const unseen = this.#unseen(instructions);
    if (unseen.instructions < next) return next;
    this.touchesLeft = unseen.pages;
    return next + this.#checkEvery * Math.floor((unseen.instructions - next) / this.#checkEvery);
  }

  /** At a check, or a first time behind one that surely passed. */
  #check(instructions: number, checks: number): void {
    this.#checks = checks;
    const isAtCheck = instructions % this.#checkEvery === 0;
    const isCounted = isAtCheck && (this.#isCheckpointed || this.#unseen(instructions).isWorthCounting);
    const isCut = isCounted && this.segmenter.check(instructions, this.#usage());
    if (isCut || this.#keepsRecent) this.#run.period += 1;
    this.#pages.next(isCut, this.#keepsRecent);
    if (!isCounted) return;
    this.#countedAt = instructions;
    this.#countedPages = this.#pages.count;
    this.#countedHints = this.#hintWords;
    this.#countedUse = this.segmenter.counted;
  }

  #usage(): Usage {
    const checks = this.#checks - this.#toldChecks;
    this.#toldChecks = this.#checks;
    const { count, sinceCheck } = this.#pages;
    return { rows: this.rows(), pages: count, pagesSinceCheck: sinceCheck, checks };
  }

  /** The run ended by itself after so many instructions. */
  finish(instructions: number): void {
    // The end counts as a check.
    this.#checks = Math.floor((instructions - 1) / this.#checkEvery) + 1;
    this.segmenter.end(instructions, this.#usage());
  }

  call({ pc }: ClockState): void {
    const { text, memory } = this.#run;
    const instruction = text.instructionAt((pc - text.base) >>> 2);
    if (instruction === undefined) return;
    const { row, rd, rs1, imm } = instruction;
    const register = (r: number): number => memory.control[CONTROL.registers + 2 * r]! >>> 0;
    if (row.mnemonic === 'hint_storew') this.#hints(register(rd), 1);
    else if (row.mnemonic === 'hint_buffer') this.#hints(register(rd), register(rs1));
    else if (row.mnemonic === 'reveal') this.#pages.touchPublic(((register(rd) + imm) >>> 0) >>> METERED_PAGE_SHIFT);
  }

  /** Words to be stored from an address on; what memory has not ends the run. */
  #hints(address: number, words: number): void {
    if (words === 0) return;
    this.#hintWords += words;
    const step = 2 ** METERED_PAGE_SHIFT;
    const end = address - (address % WORD_BYTES) + WORD_BYTES * words;
    for (let at = address - (address % step); at < end; at += step) {
      const offset = this.#run.memory.translate(at, 0);
      if (offset !== UNMAPPED) this.#pages.touch(offset >>> METERED_PAGE_SHIFT);
    }
  }
}

/** A metered run to be; `made` is told its meter. */
export function openVmMetering(
  options: SegmentMeterOptions,
  made: (meter: OpenVmMeter) => void,
): Observation<MeteredRun> {
  return metering({
    touches: true,
    granule: METERED_PAGE_SHIFT,
    watch: run => {
      const meter = new OpenVmMeter(run, options);
      made(meter);
      return meter;
    },
  });
}
