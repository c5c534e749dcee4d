// A metered run of a release that must know what was touched since the last check: interpreted, told of every access, it
// asks the segmenter at each check.

import type { GuestText } from '../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import { UNMAPPED } from '../../../runtime/memory/memory.ts';
import type { ClockState, Inlined, RunObserver } from '../../../runtime/trace/observer.ts';
import type { BlockCounts } from '../../../src/engine/block-counts.ts';
import type { Observation } from '../../../src/engine/observation.ts';
import type { Guest } from '../../../src/machine/guest.ts';
import { AIRS } from '../../../src/machine/openvm/airs.ts';
import { InstructionRows } from '../../../src/machine/openvm/metering/instruction-rows.ts';
import { instructionsOf, type SegmentMeterOptions } from '../../../src/machine/openvm/metering/meter.ts';
import { TouchedPages } from '../../../src/machine/openvm/metering/pages.ts';
import { METERED_PAGE_SHIFT } from '../../../src/machine/openvm/metering/rules.ts';
import { Segmenter } from '../../../src/machine/openvm/metering/segmenter.ts';
import { executionOf } from '../../../src/verbs/execute.ts';

const WORD_BYTES = 4;

export class CountingMeter implements RunObserver {
  readonly inlined: Inlined;
  readonly isFull = false;
  readonly segmenter: Segmenter;
  readonly #memory: GuestMemory;
  readonly #text: GuestText;
  readonly #rows: InstructionRows;
  readonly #counts: Float64Array;
  readonly #pages: TouchedPages;
  readonly #keepsRecent: boolean;
  readonly #checkEvery: number;
  #nextCheck: number;
  #hintWords = 0;

  constructor(memory: GuestMemory, text: GuestText, { rules, limits, checkEvery }: SegmentMeterOptions) {
    this.#memory = memory;
    this.#text = text;
    this.#rows = new InstructionRows(text);
    this.#counts = new Float64Array(text.slots + 1);
    this.inlined = { kind: 'counted', counts: this.#counts };
    this.#pages = new TouchedPages(memory.plan.areaBytes >>> METERED_PAGE_SHIFT);
    this.segmenter = new Segmenter({ rules, limits, programLength: instructionsOf(text) });
    this.#keepsRecent = rules.nodesPerPage;
    this.#checkEvery = checkEvery;
    this.#nextCheck = checkEvery;
  }

  /** Rows of instructions by AIR so far. */
  rows(): Float64Array {
    const counts = this.#counts;
    const each: BlockCounts['each'] = (_ofBlock, ofSlot) =>
      counts.forEach((count, slot) => void (count > 0 && ofSlot(slot, count)));
    return this.#rows.rows({ each }, this.#hintWords);
  }

  room(clk: number): number {
    return this.#checkEvery - ((clk / CLK_PER_INSTRUCTION) % this.#checkEvery);
  }

  block({ clk }: ClockState): void {
    const instructions = clk / CLK_PER_INSTRUCTION;
    if (instructions !== this.#nextCheck) return;
    this.#nextCheck += this.#checkEvery;
    const { count, sinceCheck } = this.#pages;
    const usage = { rows: this.rows(), pages: count, pagesSinceCheck: sinceCheck };
    this.#pages.next(this.segmenter.check(instructions, usage), this.#keepsRecent);
  }

  /** The run ended by itself after so many instructions. */
  finish(instructions: number): void {
    const { count, sinceCheck } = this.#pages;
    this.segmenter.end(instructions, { rows: this.rows(), pages: count, pagesSinceCheck: sinceCheck });
  }

  touch(offset: number): void {
    this.#pages.touch(offset >>> METERED_PAGE_SHIFT);
  }

  call({ pc }: ClockState): void {
    const instruction = this.#text.instructionAt((pc - this.#text.base) >>> 2);
    if (instruction === undefined) return;
    const { row, rd, rs1, imm } = instruction;
    const { mnemonic } = row;
    if (mnemonic === 'hint_storew') this.#hints(this.#register(rd), 1);
    else if (mnemonic === 'hint_buffer') this.#hints(this.#register(rd), this.#register(rs1));
    else if (mnemonic === 'reveal') this.#pages.touchPublic(((this.#register(rd) + imm) >>> 0) >>> METERED_PAGE_SHIFT);
  }

  #register(r: number): number {
    return this.#memory.control[CONTROL.registers + 2 * r]! >>> 0;
  }

  /** Words to be stored from an address on; what memory has not ends the run. */
  #hints(address: number, words: number): void {
    if (words === 0) return;
    this.#hintWords += words;
    const step = 2 ** METERED_PAGE_SHIFT;
    const end = address - (address % WORD_BYTES) + WORD_BYTES * words;
    for (let at = address - (address % step); at < end; at += step) {
      const offset = this.#memory.translate(at, 0);
      if (offset !== UNMAPPED) this.touch(offset);
    }
  }

  begin(): void {}
  end(): void {}
  record(): void {}
  stamp(): void {}
  append(): void {}
}

/** Of a run that is told of every access, at every check: start, instructions, reason and heights of its segments. */
export function countedSegments(
  guest: Guest,
  inputs: readonly Uint8Array[],
  options: SegmentMeterOptions,
): readonly unknown[] {
  let meter: CountingMeter | undefined;
  const make: Observation['make'] = (memory, text) => {
    meter = new CountingMeter(memory, text, options);
    return meter;
  };
  const execution = executionOf(guest, { engine: 'interpreter', inputs }, { needs: {}, make });
  execution.run();
  meter!.finish(execution.instructions);
  return meter!.segmenter.segments.map(({ start, instructions, reason, heights }) => [
    start,
    instructions,
    reason,
    Object.fromEntries(AIRS.map(({ name }, id) => [name, heights[id]]).filter(([, rows]) => rows !== 0)),
  ]);
}
