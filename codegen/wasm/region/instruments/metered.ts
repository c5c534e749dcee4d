// A region function that counts its blocks, by a cell each, sums their weights in a local, and lists first touches of
// memory.
//
// A block is counted whole at its start; where the function leaves in its middle it says how much was too much, and the
// host takes that back.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { Metered } from '../../../region/instrumentation.ts';
import { type Block, endOf } from '../../../region/region.ts';
import type { Frame } from '../frame.ts';
import { type Instrument, PURE_CODE } from './instrument.ts';
import { TouchWriter } from './touches.ts';

const WORD_BYTES = 4;
const [WEIGHT, UNDONE] = [WORD_BYTES * CONTROL.weight, WORD_BYTES * CONTROL.undone] as const;

export class MeterWriter implements Instrument {
  readonly endBlock: () => void = PURE_CODE.endBlock;
  readonly settle: () => void = PURE_CODE.settle;
  readonly access: Instrument['access'];
  readonly leavesAtAccesses: boolean;
  readonly #frame: Frame;
  readonly #metered: Metered;
  readonly #touches: TouchWriter | undefined;

  constructor(frame: Frame, metered: Metered) {
    this.#frame = frame;
    this.#metered = metered;
    const touches = metered.touches === undefined ? undefined : new TouchWriter(frame, metered.touches);
    this.#touches = touches;
    this.leavesAtAccesses = touches?.isOfPages === true;
    this.access = touches === undefined ? undefined : place => touches.access(place);
  }

  get #weight(): number {
    return this.#frame.local('weight', this.#frame.v.i32);
  }

  /** Slots to the end of a block that it leaves in its middle. */
  get #undone(): number {
    return this.#frame.local('undone', this.#frame.v.i32);
  }

  #slotOf(pc: number): number {
    const { tableBase, tableShift } = this.#frame.options;
    return (pc - tableBase) >> tableShift;
  }

  reload(): void {
    const { i32 } = this.#frame.v;
    if (this.#metered.isWeighted) i32.set(this.#weight, i32.load(undefined, WEIGHT));
  }

  spill(): void {
    const { i32 } = this.#frame.v;
    if (this.#metered.isWeighted) i32.store(undefined, WEIGHT, i32.get(this.#weight));
  }

  leave(): void {
    const { i32 } = this.#frame.v;
    i32.store(undefined, UNDONE, i32.get(this.#undone));
  }

  startBlock(block: Block): void {
    this.#touches?.startBlock();
    if (block.instructions.length === 0) return;
    const { cellOf, weightOf, isWeighted, cells, flow } = this.#metered;
    const { i32 } = this.#frame.v;
    const [from, end] = [this.#slotOf(block.pc), this.#slotOf(endOf(block))];
    const cell = cellOf(from, end);
    if (cell !== undefined) this.#add(cells + WORD_BYTES * cell, 1);
    else {
      this.#add(flow + WORD_BYTES * from, 1);
      this.#add(flow + WORD_BYTES * end, -1);
    }
    const weight = isWeighted ? weightOf(from, end) : 0;
    if (weight !== 0) i32.set(this.#weight, i32.add(i32.get(this.#weight), i32.constant(weight)));
  }

  /** To the word at an arena byte offset. */
  #add(offset: number, amount: number): void {
    const { i32 } = this.#frame.v;
    i32.store(undefined, offset, i32.add(i32.load(undefined, offset), i32.constant(amount)));
  }

  undo(block: Block, i: number): void {
    const { i32 } = this.#frame.v;
    const at = endOf({ pc: block.pc, instructions: block.instructions.slice(0, i) });
    i32.set(this.#undone, i32.constant(this.#slotOf(endOf(block)) - this.#slotOf(at)));
  }
}
