// First touches of memory in regions of a metered run: one test of marks for neighbours that are sure to be accessed together.
//
// Between an access's test of the window and the next such test nothing leaves the block: what lies between is done whole or not
// at all, and so it can be told at once.

import { CONTROL, TOUCH_SHIFT } from '../../../../runtime/layout.ts';
import type { AccessGroup } from '../../../region/accesses.ts';
import { MARKED_AHEAD, type Touches } from '../../../region/instrumentation.ts';
import { type AccessOp, access } from '../../binary/instructions.ts';
import type { Dialect, Value } from '../../binary/values.ts';
import type { Frame } from '../frame.ts';
import type { AccessPlace, Reach } from './instrument.ts';

const WORD_SHIFT = 2;
const TAIL = 4 * CONTROL.touchTail;
const LIMIT = 4 * CONTROL.touchLimit;
/** log2 of its bytes. */
const DOUBLEWORD = 3;
/** Most granules of an entry. */
const MOST = 2 ** (32 - TOUCH_SHIFT);
const ONES = 0x01_01_01_01_01_01_01_01n;

/** Whether the granule `place` behind the one whose number is in a local is not marked. */
export const isUnmarked = (v: Dialect, { marks }: Touches, number: number, place: number): Value =>
  v.i32.eq(v.i32.load(number, marks + place, access.i32Load8U), v.i32.constant(0));

/** Marks it and appends an entry; `scratch` may be any local. */
export function listTouch(v: Dialect, { marks, list }: Touches, scratch: number, number: number, place: number): void {
  v.i32.store(number, marks + place, v.i32.constant(1), access.i32Store8);
  appendEntry(v, list, scratch, number, place);
}

function appendEntry({ i32 }: Dialect, list: number, scratch: number, number: number, amount: number): void {
  const tail = i32.load(undefined, TAIL);
  i32.set(scratch, i32.shl(tail, i32.constant(WORD_SHIFT)));
  i32.store(scratch, list, amount === 0 ? i32.get(number) : i32.add(i32.get(number), i32.constant(amount)));
  i32.store(undefined, TAIL, i32.add(tail, i32.constant(1)));
}

/** Granules in a row: how far the first is behind one whose number is known. */
interface Row {
  readonly place: number;
  readonly count: number;
}

/** How as many marks as an access has bytes are read and written; they start at these places of a row. */
interface MarkAccess {
  readonly isWide: boolean;
  readonly load: AccessOp;
  readonly store: AccessOp;
  readonly bytes: number;
}

const MARK_ACCESSES: readonly MarkAccess[] = [
  { isWide: true, load: access.i64Load, store: access.i64Store, bytes: 8 },
  { isWide: false, load: access.i32Load, store: access.i32Store, bytes: 4 },
  { isWide: false, load: access.i32Load16U, store: access.i32Store16, bytes: 2 },
];

export class TouchWriter {
  readonly #frame: Frame;
  readonly #touches: Touches;
  /** Of the block that is written, what of a group it has told of: places from its base, or all up to before an instruction. */
  readonly #places = new Map<AccessGroup, Set<number>>();
  readonly #until = new Map<AccessGroup, number>();

  constructor(frame: Frame, touches: Touches) {
    this.#frame = frame;
    this.#touches = touches;
  }

  /** Then it leaves where somebody must look. */
  get isOfPages(): boolean {
    return this.#touches.granule !== DOUBLEWORD;
  }

  startBlock(): void {
    this.#places.clear();
    this.#until.clear();
  }

  access(place: AccessPlace): void {
    const { group, i, local, at } = place;
    if (this.isOfPages) this.#page(place);
    else if (!group.isShared) this.#one(local, at, group.alignment === 8);
    else if (i >= (this.#until.get(group) ?? 0)) this.#together(place, place.following());
  }

  /**
   * Where what the next accesses of a group touch lies in two pages, those of its first and of its last byte, both are marked with
   * the first access.
   */
  #page(place: AccessPlace): void {
    const { group, at, i } = place;
    if (i < (this.#until.get(group) ?? 0)) return;
    const { from, end } = group.reachOf(i, i + MARKED_AHEAD);
    if (end - from > 2 ** this.#touches.granule) {
      if (this.#isNew(group, at)) this.#pageAt(place, at);
      return;
    }
    this.#until.set(group, i + MARKED_AHEAD);
    const first = at - group.immediateOf(i) + from;
    this.#pageAt(place, first);
    if (group.isShared) this.#pageAt(place, first + end - from - 1);
  }

  #pageAt({ local, leave }: AccessPlace, at: number): void {
    const { v } = this.#frame;
    const { i32 } = v;
    const number = this.#frame.local('granule', i32);
    this.#setNumber(number, local, at, false);
    v.seldom(isUnmarked(v, this.#touches, number, 0), () => {
      listTouch(v, this.#touches, this.#frame.local('entry', i32), number, 0);
      v.when(i32.geS(i32.load(undefined, TAIL), i32.load(undefined, LIMIT)), leave);
    });
  }

  #together({ group, local, i }: AccessPlace, reaches: readonly Reach[]): void {
    const isWhole = reaches.every(({ bytes }) => bytes <= group.alignment);
    const told = isWhole ? reaches : reaches.slice(0, 1);
    this.#until.set(group, isWhole ? Math.max(...reaches.map(reach => reach.i)) + 1 : i + 1);
    const isAligned = group.alignment === 8;
    const places = told.map(({ at, bytes }) => ({ at: isAligned ? at & -8 : at, bytes: isAligned ? 8 : bytes }));
    const fresh = places.filter(({ at }) => this.#isNew(group, at)).sort((a, b) => a.at - b.at);
    for (const { from, end } of spansOf(fresh)) this.#span(local, from, end, group.alignment);
  }

  #isNew(group: AccessGroup, place: number): boolean {
    const places = this.#places.get(group) ?? new Set();
    this.#places.set(group, places);
    return places.size < places.add(place).size;
  }

  /** Bytes in a row, all accessed: their doublewords begin each 8 bytes behind the first, and the last one's may be one more. */
  #span(local: number, from: number, end: number, alignment: number): void {
    const last = end - 1;
    const count = ((last - from) >> DOUBLEWORD) + 1;
    for (let done = 0; done < count; done += MOST)
      this.#row(local, from + 8 * done, Math.min(MOST, count - done), alignment === 8);
    if (alignment < 8 && end - from > alignment && (last - from) % 8 !== 0) this.#one(local, last, false);
  }

  #one(local: number, at: number, isAligned: boolean): void {
    this.#row(local, at, 1, isAligned);
  }

  #row(local: number, at: number, count: number, isAligned: boolean): void {
    const { v } = this.#frame;
    const number = this.#frame.local('granule', v.i32);
    const place = this.#setNumber(number, local, at, isAligned);
    const entry = this.#frame.local('entry', v.i32);
    if (count === 1) {
      v.seldom(isUnmarked(v, this.#touches, number, place), () => listTouch(v, this.#touches, entry, number, place));
      return;
    }
    v.seldom(this.#isAnyUnmarked(number, { place, count }), () => {
      this.#mark(number, { place, count });
      appendEntry(v, this.#touches.list, entry, number, place + ((count - 1) << TOUCH_SHIFT));
    });
  }

  /** Sets a local to the number of a granule; gives how far the one that holds the byte is behind it. */
  #setNumber(number: number, local: number, at: number, isAligned: boolean): number {
    const { i32 } = this.#frame.v;
    const { granule } = this.#touches;
    const isApart = isAligned && !this.isOfPages;
    const byte = isApart || at === 0 ? i32.get(local) : i32.add(i32.get(local), i32.constant(at));
    i32.set(number, i32.shrU(byte, i32.constant(granule)));
    return isApart ? at >> DOUBLEWORD : 0;
  }

  #isAnyUnmarked(number: number, { place, count }: Row): Value {
    const { v } = this.#frame;
    const { load, isWide, ...rest } = marksOf(count);
    const of = isWide ? v.i64 : v.i32;
    const ones = of.constant(onesOf(rest.bytes));
    const loads = rest.starts.map(start => of.load(number, this.#touches.marks + place + start, load));
    return of.ne(loads.length === 1 ? loads[0]! : of.and(loads[0]!, loads[1]!), ones);
  }

  #mark(number: number, { place, count }: Row): void {
    const { v } = this.#frame;
    const { store, isWide, ...rest } = marksOf(count);
    const of = isWide ? v.i64 : v.i32;
    for (const start of rest.starts)
      of.store(number, this.#touches.marks + place + start, of.constant(onesOf(rest.bytes)), store);
  }
}

const onesOf = (bytes: number): bigint => BigInt.asUintN(8 * bytes, ONES);

/** The widest access that a row of marks is not shorter than, and where in the row one or two of them start. */
function marksOf(count: number): MarkAccess & { readonly starts: readonly number[] } {
  const found = MARK_ACCESSES.find(({ bytes }) => bytes <= count)!;
  return { ...found, starts: count === found.bytes ? [0] : [0, count - found.bytes] };
}

/** Ascending places as spans without gaps. */
function spansOf(places: readonly { readonly at: number; readonly bytes: number }[]): { from: number; end: number }[] {
  const spans: { from: number; end: number }[] = [];
  for (const { at, bytes } of places) {
    const last = spans.at(-1);
    if (last !== undefined && at <= last.end) last.end = Math.max(last.end, at + bytes);
    else spans.push({ from: at, end: at + bytes });
  }
  return spans;
}
