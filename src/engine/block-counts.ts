// How often each instruction of a metered run was done, from where straight runs of instructions began and ended.
//
//   interpreters:   D[first slot] + 1, D[slot behind the last] - 1 for each straight run
//   compiled code:  B[cell] + 1 for each entry of a block of the slots [from, end); where there are no more cells, as above
//   left in mid-block at `at`:  D[at] - 1, D[end] + 1, by the host
//
// Sums of D, to which B was added, are the counts by slot: exact wherever the host is asked to look. Where instructions take one or
// two slots, what is summed goes from an instruction to the one behind it, past a slot in its middle, and so do weights. The
// arrays hold 32 bits; they are moved to doubles before as many instructions have run (see Metering).

import type { GuestText } from '../../codegen/program/text.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { GRANULE } from '../../runtime/memory/arena.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Flow } from '../../runtime/trace/observer.ts';
import { slotCount } from './slot-tables.ts';

/** A block of compiled code: the slots [from, end), and how often it was entered. */
export interface BlockCount {
  readonly from: number;
  readonly end: number;
  readonly count: number;
}

export class BlockCounts implements Flow {
  readonly cells: Int32Array;
  readonly differences: Int32Array;
  readonly weights: Int32Array;
  readonly isWeighted: boolean;
  readonly marks: Uint8Array | undefined;
  readonly touches: Int32Array | undefined;
  readonly granule: number;
  readonly #control: Int32Array;
  readonly #text: GuestText;
  /** By slot, slots to the next instruction: where not each is one, and somebody has asked. */
  #steps: Uint8Array | undefined;
  /** Differences since the start, as far as they were moved here. */
  readonly #totals: Float64Array;
  #hasTotals = false;
  readonly #cellOf = new Map<number, number>();
  readonly #from: number[] = [];
  readonly #end: number[] = [];

  /** `weightOf` gives what an instruction's slot weighs; weights of runs wrap at 32 bits. */
  constructor(
    { buffer, control, arena }: GuestMemory,
    text: GuestText,
    weightOf?: (slot: number) => number,
    granule: number = GRANULE,
  ) {
    this.granule = granule;
    const words = ({ offset, bytes }: { offset: number; bytes: number }): Int32Array =>
      new Int32Array(buffer, offset, bytes / 4);
    this.#control = control;
    this.#text = text;
    this.cells = words(arena.cells);
    this.differences = words(arena.flow);
    this.weights = words(arena.weights);
    this.isWeighted = weightOf !== undefined;
    const isTouching = arena.touches.bytes > 0;
    this.marks = isTouching ? new Uint8Array(buffer, arena.marks.offset, arena.marks.bytes) : undefined;
    this.touches = isTouching ? words(arena.touches) : undefined;
    this.#totals = new Float64Array(slotCount(text));
    if (weightOf !== undefined) this.#sumWeights(weightOf);
  }

  /** By slot, minus the weight of all that follow it: from wherever a straight run begins, differences are its weight. */
  #sumWeights(weightOf: (slot: number) => number): void {
    for (let slot = this.weights.length - 2; slot >= 0; slot--)
      this.weights[slot] = this.weights[slot + this.#stepOf(slot)]! - (slot < this.#text.slots ? weightOf(slot) : 0);
  }

  #stepOf(slot: number): number {
    const { slotShift, isa } = this.#text;
    return isa.compressed ? (this.#text.instructionAt(slot)?.size ?? 1 << slotShift) >> slotShift : 1;
  }

  open(slot: number): void {
    this.differences[slot]! += 1;
    this.#control[CONTROL.weight]! -= this.weights[slot]!;
  }

  close(slot: number): void {
    this.differences[slot]! -= 1;
    this.#control[CONTROL.weight]! += this.weights[slot]!;
  }

  undo(slot: number, slots: number): void {
    this.close(slot);
    this.open(slot + slots);
  }

  undoAt(slot: number): void {
    const slots = this.#control[CONTROL.undone]!;
    if (slots !== 0) this.undo(slot, slots);
    this.#control[CONTROL.undone] = 0;
  }

  cellOf(from: number, end: number): number | undefined {
    const key = from * this.differences.length + end;
    const known = this.#cellOf.get(key);
    if (known !== undefined || this.#from.length === this.cells.length) return known;
    this.#from.push(from);
    this.#end.push(end);
    this.#cellOf.set(key, this.#from.length - 1);
    return this.#from.length - 1;
  }

  weightOf(from: number, end: number): number {
    return (this.weights[end]! - this.weights[from]!) | 0;
  }

  /** Entries of compiled blocks since the last move. */
  *blocks(): Generator<BlockCount> {
    for (const [cell, from] of this.#from.entries())
      if (this.cells[cell] !== 0) yield { from, end: this.#end[cell]!, count: this.cells[cell]! };
  }

  /**
   * How often instructions were done so far: those of entered blocks, which have a number each, and besides; of texts in which each
   * takes one slot.
   */
  each(
    ofBlock: (number: number, from: number, end: number, count: number) => void,
    ofSlot: (slot: number, count: number) => void,
  ): void {
    const { cells, differences } = this;
    for (let cell = 0; cell < this.#from.length; cell++)
      if (cells[cell] !== 0) ofBlock(cell, this.#from[cell]!, this.#end[cell]!, cells[cell]!);
    const totals = this.#hasTotals ? this.#totals : undefined;
    let count = 0;
    for (let slot = 0; slot < differences.length; slot++) {
      count += totals === undefined ? differences[slot]! : differences[slot]! + totals[slot]!;
      if (count !== 0) ofSlot(slot, count);
    }
  }

  /** Moves what the arrays hold to the totals. */
  settle(): void {
    this.#hasTotals = true;
    const totals = this.#totals;
    const { differences, cells } = this;
    for (let slot = 0; slot < differences.length; slot++)
      if (differences[slot] !== 0) totals[slot]! += differences[slot]!;
    differences.fill(0);
    for (let cell = 0; cell < this.#from.length; cell++) {
      const count = cells[cell]!;
      if (count === 0) continue;
      totals[this.#from[cell]!]! += count;
      totals[this.#end[cell]!]! -= count;
    }
    cells.fill(0, 0, this.#from.length);
  }

  /** Tells how often the instruction at each slot was done since it was last told or taken, which then count no more. */
  sweep(visit: (slot: number, count: number) => void): void {
    const { differences, cells } = this;
    for (let cell = 0; cell < this.#from.length; cell++) {
      const count = cells[cell]!;
      if (count === 0) continue;
      differences[this.#from[cell]!]! += count;
      differences[this.#end[cell]!]! -= count;
    }
    cells.fill(0, 0, this.#from.length);
    if (this.#hasTotals || this.#text.isa.compressed)
      this.take().forEach((count, slot) => void (count !== 0 && visit(slot, count)));
    let count = 0;
    for (let slot = 0; slot < differences.length; slot++) {
      const difference = differences[slot]!;
      if (difference !== 0) {
        count += difference;
        differences[slot] = 0;
      }
      if (count !== 0) visit(slot, count);
    }
  }

  /** By slot: how often its instruction was done since the totals were last taken, or so far. */
  counts(): Float64Array {
    this.settle();
    const counts = this.#totals.slice();
    if (this.#text.isa.compressed) this.#steps ??= Uint8Array.from(counts, (_, slot) => this.#stepOf(slot));
    for (let slot = 0; slot + 1 < counts.length; slot++) counts[slot + (this.#steps?.[slot] ?? 1)]! += counts[slot]!;
    return counts;
  }

  /** The same, after which counting begins anew. */
  take(): Float64Array {
    const counts = this.counts();
    this.#totals.fill(0);
    this.#hasTotals = false;
    return counts;
  }
}
