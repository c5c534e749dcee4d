// Which AIR the instruction at each slot of a program adds a row to.

import type { GuestText } from '../../../../codegen/program/text.ts';
import type { BlockCounts } from '../../../engine/block-counts.ts';
import { AIR_ID, AIRS, airOfOpcode } from '../airs.ts';
import { transpile } from '../transpiler.ts';

/** Of instructions that add none, or as many as they are told at run time. */
const NO_AIR = 254;
/** Not yet looked up: of most slots nobody ever asks. */
const UNKNOWN = 255;
/** Bits of a count of instructions in a block. */
const COUNT_BITS = 16;
const MOST_COUNT: number = 2 ** COUNT_BITS - 1;

/** How often instructions were done: see BlockCounts. */
export type Counted = Pick<BlockCounts, 'each'>;

export class InstructionRows {
  readonly #text: GuestText;
  /** By slot: the AIR's number. */
  readonly #air: Uint8Array;
  /** By number of a block: see `#airsOf`. */
  readonly #ofBlocks: (readonly number[])[] = [];

  constructor(text: GuestText) {
    this.#text = text;
    this.#air = new Uint8Array(text.slots).fill(UNKNOWN);
  }

  #lookUp(slot: number): number {
    const instruction = this.#text.instructionAt(slot);
    const name = instruction && airOfOpcode(transpile(instruction).opcode);
    return name === undefined || name === 'HintStore' ? NO_AIR : AIR_ID[name];
  }

  /** The AIR of the instruction at a slot; undefined of one without rows of its own. */
  airAt(slot: number): number | undefined {
    if (this.#air[slot] === UNKNOWN) this.#air[slot] = this.#lookUp(slot);
    return this.#air[slot] === NO_AIR ? undefined : this.#air[slot];
  }

  /** AIRs of a block's instructions, each with how many they are. */
  #airsOf(from: number, end: number): readonly number[] {
    const found = new Map<number, number>();
    for (let slot = from; slot < end; slot++) {
      const air = this.airAt(slot);
      if (air !== undefined) found.set(air, (found.get(air) ?? 0) + 1);
    }
    return [...found].map(([air, count]) => (air << COUNT_BITS) | count);
  }

  /** Rows by AIR where instructions at slots were done so often, and so many words of hints were stored. */
  rows(counted: Counted, hintWords: number): Float64Array {
    const rows = new Float64Array(NO_AIR + 1);
    const air = this.#air;
    counted.each(
      (number, from, end, count) => {
        this.#ofBlocks[number] ??= this.#airsOf(from, end);
        for (const id of this.#ofBlocks[number]!) rows[id >>> COUNT_BITS]! += (id & MOST_COUNT) * count;
      },
      (slot, count) => {
        if (air[slot] === UNKNOWN) air[slot] = this.#lookUp(slot);
        rows[air[slot]!]! += count;
      },
    );
    rows[AIR_ID.HintStore] = hintWords;
    return rows.slice(0, AIRS.length);
  }
}

/** Cells of these rows: upstream's cost of a run. */
export const costOf = (rows: Float64Array): number =>
  rows.reduce((sum, height, id) => sum + height * AIRS[id]!.width, 0);
