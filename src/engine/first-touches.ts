// First touches of memory in a period of a metered run: text marks a granule and lists its number, the host stamps it.
//
// A stamp is only as old as the last look: until then what is marked and listed may have the one before. Entries may repeat
// what is listed already, as text marks neighbours together where one of them is new.

import { CONTROL, TOUCH_SHIFT } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Flow } from '../../runtime/trace/observer.ts';

const NUMBER = 2 ** TOUCH_SHIFT - 1;
/** Most granules of an entry. */
const MOST = 2 ** (32 - TOUCH_SHIFT);
/** log2 of the marks that are cleared together. */
const LINE_SHIFT = 9;
const LINE_DOUBLES = 2 ** LINE_SHIFT / Float64Array.BYTES_PER_ELEMENT;

export class FirstTouches {
  readonly #control: Int32Array;
  readonly #marks: Uint8Array;
  readonly #doubles: Float64Array;
  readonly #list: Int32Array;
  readonly #stamps: Int32Array;
  /** By line of marks: whether one in it may be set; those in which. */
  readonly #isMarked: Uint8Array;
  #lines: number[] = [];
  /** Numbers, each with the stamp before. */
  #told = new Int32Array(2 ** 10);
  #period = 1;

  constructor({ buffer, control, arena }: GuestMemory, marks: Uint8Array, list: NonNullable<Flow['touches']>) {
    this.#control = control;
    this.#marks = marks;
    this.#list = list;
    this.#doubles = new Float64Array(buffer, marks.byteOffset, marks.length / Float64Array.BYTES_PER_ELEMENT);
    this.#stamps = new Int32Array(buffer, arena.stamps.offset, arena.stamps.bytes / Int32Array.BYTES_PER_ELEMENT);
    this.#isMarked = new Uint8Array(marks.length >>> LINE_SHIFT);
  }

  get period(): number {
    return this.#period;
  }

  /** What is listed was taken before. */
  set period(period: number) {
    for (const line of this.#lines) {
      this.#doubles.fill(0, line * LINE_DOUBLES, (line + 1) * LINE_DOUBLES);
      this.#isMarked[line] = 0;
    }
    this.#lines = [];
    this.#period = period;
  }

  /** First touches since they were last taken, by number, each with the stamp before; valid until the next time. */
  take(): Int32Array {
    const [list, stamps, period] = [this.#list, this.#stamps, this.#period];
    const length = this.#control[CONTROL.touchTail]!;
    this.#control[CONTROL.touchTail] = 0;
    let end = 0;
    for (let i = 0; i < length; i++) {
      const entry = list[i]!;
      const first = entry & NUMBER;
      const last = first + (entry >>> TOUCH_SHIFT);
      if (end + 2 * MOST > this.#told.length) this.#grow();
      const told = this.#told;
      for (let number = first; number <= last; number++) {
        const before = stamps[number]!;
        if (before === period) continue;
        told[end++] = number;
        told[end++] = before;
        stamps[number] = period;
        this.#noteLine(number);
      }
    }
    return this.#told.subarray(0, end);
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.#told.length);
    grown.set(this.#told);
    this.#told = grown;
  }

  #noteLine(number: number): void {
    const line = number >>> LINE_SHIFT;
    if (this.#isMarked[line] === 1) return;
    this.#isMarked[line] = 1;
    this.#lines.push(line);
  }

  /** As text does. */
  touch(number: number): void {
    if (this.#marks[number] === 1) return;
    this.#marks[number] = 1;
    this.#list[this.#control[CONTROL.touchTail]!] = number;
    this.#control[CONTROL.touchTail]! += 1;
  }

  /** Nothing is listed. */
  stampOf(number: number): number {
    return this.#stamps[number]!;
  }

  setStamp(number: number, stamp: number): void {
    this.#stamps[number] = stamp;
    const isTouched = stamp === this.#period;
    this.#marks[number] = isTouched ? 1 : 0;
    if (isTouched) this.#noteLine(number);
  }
}
