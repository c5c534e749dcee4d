// Which AIR the instruction at each slot of a program adds a row to.

import type { GuestText } from '../../../../codegen/program/text.ts';
import { AIR_ID, AIRS, airOfOpcode } from '../airs.ts';
import { transpile } from '../transpiler.ts';

/** Of instructions that add none, or as many as they are told at run time. */
const NO_AIR = 254;
/** Not yet looked up: of most slots nobody ever asks. */
const UNKNOWN = 255;

export class InstructionRows {
  readonly #text: GuestText;
  /** By slot: the AIR's number. */
  readonly #air: Uint8Array;

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

  /** Rows by AIR where each slot's instruction was done so often, and so many words of hints were stored. */
  rows(counts: ArrayLike<number>, hintWords: number): Float64Array {
    const rows = new Float64Array(AIRS.length);
    const air = this.#air;
    for (let slot = 0; slot < air.length; slot++) {
      const count = counts[slot]!;
      if (count === 0) continue;
      if (air[slot] === UNKNOWN) air[slot] = this.#lookUp(slot);
      if (air[slot] !== NO_AIR) rows[air[slot]!]! += count;
    }
    rows[AIR_ID.HintStore] = hintWords;
    return rows;
  }
}

/** Cells of these rows: upstream's cost of a run. */
export const costOf = (rows: Float64Array): number =>
  rows.reduce((sum, height, id) => sum + height * AIRS[id]!.width, 0);
