// A region function that counts its blocks, by a cell each, sums their weights in a local, and lists first touches of
// memory.
//
// A block is counted whole at its start; where the function leaves in its middle it says how much was too much, and the
// host takes that back.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { AccessGroup } from '../../../region/accesses.ts';
import type { Metered, Touches } from '../../../region/instrumentation.ts';
import { type Block, endOf } from '../../../region/region.ts';
import type { Dialect, Value } from '../../binary/values.ts';
import type { Frame } from '../frame.ts';
import { doublewordOf } from './doubleword.ts';
import { type AccessPlace, type Instrument, PURE_CODE } from './instrument.ts';

const WORD_BYTES = 4;
const WORD_SHIFT = 2;
/** log2 of its bytes. */
const DOUBLEWORD = 3;
const [WEIGHT, UNDONE, PERIOD, TAIL] = [
  WORD_BYTES * CONTROL.weight,
  WORD_BYTES * CONTROL.undone,
  WORD_BYTES * CONTROL.period,
  WORD_BYTES * CONTROL.touchTail,
] as const;

/** Appends an entry to the list at an arena byte offset; `scratch` gets its value first, before the others are taken. */
export function listTouch({ i32 }: Dialect, list: number, scratch: number, number: Value, before: Value): void {
  const tail = i32.load(undefined, TAIL);
  i32.set(scratch, i32.shl(tail, i32.constant(WORD_SHIFT)));
  i32.store(scratch, list, number);
  i32.store(scratch, list + WORD_BYTES, before);
  i32.store(undefined, TAIL, i32.add(tail, i32.constant(2)));
}

export class MeterWriter implements Instrument {
  readonly endBlock: () => void = PURE_CODE.endBlock;
  readonly settle: () => void = PURE_CODE.settle;
  readonly access: Instrument['access'];
  readonly #frame: Frame;
  readonly #metered: Metered;
  /** Doublewords of the block that it has touched: places from a group's base. */
  readonly #touched = new Map<AccessGroup, Set<number>>();

  constructor(frame: Frame, metered: Metered) {
    this.#frame = frame;
    this.#metered = metered;
    this.access = metered.touches === undefined ? undefined : place => this.#access(place, metered.touches!);
  }

  get #weight(): number {
    return this.#frame.local('weight', this.#frame.v.i32);
  }

  get #period(): number {
    return this.#frame.local('period', this.#frame.v.i32);
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
    if (this.#metered.touches !== undefined) i32.set(this.#period, i32.load(undefined, PERIOD));
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
    this.#touched.clear();
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

  /** At a granule's first touch of the period, one more entry. */
  #access(access: AccessPlace, touches: Touches): void {
    const { group, at } = access;
    const isAligned = group.alignment === 8;
    if (this.#fitsGranule(group, touches.granule)) {
      if (!this.#isNew(group, 0)) return;
      const first = at - group.immediateOf(group.first) + group.from;
      this.#touch({ ...access, at: first }, touches);
      this.#touch({ ...access, at: first + group.end - group.from - 1 }, touches);
    } else if (!group.isShared || this.#isNew(group, isAligned ? at & -8 : at)) this.#touch(access, touches);
  }

  /**
   * Whether what lies between the first and the last byte of a group is of the granules of these two: then both are touched with
   * the first access, at most a block before they would be.
   */
  #fitsGranule({ isShared, from, end }: AccessGroup, granule: number): boolean {
    return isShared && granule !== DOUBLEWORD && end - from <= 2 ** granule;
  }

  #touch(access: AccessPlace, { stamps, list, granule }: Touches): void {
    const { i32, seldom } = this.#frame.v;
    const [before, stamp, entry] = ['before', 'stamp', 'entry'].map(name => this.#frame.local(name, i32)) as [
      number,
      number,
      number,
    ];
    const place = granule === DOUBLEWORD ? this.#ofDoubleword(stamp, access) : this.#ofPage(stamp, access, granule);
    const at = stamps + place;
    const isFirst = i32.ne(i32.tee(before, i32.load(stamp, at)), i32.get(this.#period));
    seldom(isFirst, () => {
      i32.store(stamp, at, i32.get(this.#period));
      const number = i32.shrU(i32.add(i32.get(stamp), i32.constant(place)), i32.constant(WORD_SHIFT));
      listTouch(this.#frame.v, list, entry, number, i32.get(before));
    });
  }

  /** Sets a local to where its stamp is, but for bytes that are given: 4 bytes, half as far in as the doubleword. */
  #ofDoubleword(stamp: number, { local, at, group }: AccessPlace): number {
    const { i32 } = this.#frame.v;
    const { doubleword, place } = doublewordOf(this.#frame, local, at, group.alignment === 8);
    i32.set(stamp, i32.shrU(i32.get(doubleword), i32.constant(1)));
    return place / 2;
  }

  /** The same of a larger granule, in which the access may lie anywhere. */
  #ofPage(stamp: number, { local, at }: AccessPlace, granule: number): number {
    const { i32 } = this.#frame.v;
    const page = i32.shrU(i32.add(i32.get(local), i32.constant(at)), i32.constant(granule));
    i32.set(stamp, i32.shl(page, i32.constant(WORD_SHIFT)));
    return 0;
  }

  #isNew(group: AccessGroup, place: number): boolean {
    const places = this.#touched.get(group) ?? new Set();
    this.#touched.set(group, places);
    return places.size < places.add(place).size;
  }
}
