// The calls of a run that have not returned: a stack in the arena, which text has as well, and what it has no room for.

import { CONTROL } from '../../runtime/layout.ts';
import { NOWHERE, STACK } from '../../runtime/trace/call-layout.ts';

/** Bytes that go out of the way when it is full. */
const HALF: number = STACK.bytes / 2;
/** Words of an entry, and the places of its fields. */
const ENTRY: number = STACK.entryBytes >> 2;
const CALLER: number = STACK.caller >> 2;
const SINCE: number = STACK.since >> 2;

export class CallStack {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  /** Its lower parts, the lowest first. */
  readonly #lower: Int32Array[] = [];

  constructor(control: Int32Array, words: Int32Array) {
    this.#control = control;
    this.#words = words;
    words[0] = NOWHERE;
    control[CONTROL.callTop] = STACK.entryBytes;
  }

  get #end(): number {
    return this.#control[CONTROL.callTop]! >> 2;
  }

  /** What was done when the run's outermost function was entered: of the entry that is of no call. */
  get lowestSince(): number {
    return this.#words[SINCE]!;
  }

  set lowestSince(since: number) {
    this.#words[SINCE] = since;
  }

  /** Of the last call. */
  get caller(): number {
    return this.#words[this.#end - ENTRY + CALLER]!;
  }

  get since(): number {
    return this.#words[this.#end - ENTRY + SINCE]!;
  }

  set since(since: number) {
    this.#words[this.#end - ENTRY + SINCE] = since;
  }

  push(back: number, caller: number, since: number): void {
    if (this.#control[CONTROL.callTop]! >= STACK.bytes) this.#makeRoom();
    const end = this.#end;
    this.#words[end] = back;
    this.#words[end + CALLER] = caller;
    this.#words[end + SINCE] = since;
    this.#control[CONTROL.callTop]! += STACK.entryBytes;
  }

  pop(): void {
    this.#control[CONTROL.callTop]! -= STACK.entryBytes;
  }

  /** Makes the last call there is the last one in the arena. */
  reach(): void {
    if (this.#control[CONTROL.callTop] === STACK.entryBytes) this.#takeLower();
  }

  #makeRoom(): void {
    const end = STACK.entryBytes + HALF;
    this.#lower.push(this.#words.slice(ENTRY, end >> 2));
    this.#words.copyWithin(ENTRY, end >> 2, STACK.bytes >> 2);
    this.#control[CONTROL.callTop]! -= HALF;
  }

  #takeLower(): void {
    const lower = this.#lower.pop();
    if (lower === undefined) return;
    this.#words.copyWithin(ENTRY + lower.length, ENTRY, this.#end);
    this.#words.set(lower, ENTRY);
    this.#control[CONTROL.callTop]! += 4 * lower.length;
  }

  /** How many calls end where the innermost one of those that come back at `to` does; undefined where none does. */
  callsUpTo(to: number): number | undefined {
    let count = 0;
    let found = false;
    this.#each((words, at) => {
      count++;
      found = words[at] === to;
      return found;
    });
    return found ? count : undefined;
  }

  /** Tells of each call's caller, innermost first, and what was done when it was entered; what is given takes the place of that. */
  each(tell: (caller: number, since: number) => number | undefined): void {
    this.#each((words, at) => {
      const since = tell(words[at + CALLER]!, words[at + SINCE]!);
      if (since !== undefined) words[at + SINCE] = since;
      return false;
    });
  }

  #each(tell: (words: Int32Array, at: number) => boolean): void {
    const from = (words: Int32Array, end: number, start: number): boolean => {
      for (let at = end - ENTRY; at >= start; at -= ENTRY) if (tell(words, at)) return true;
      return false;
    };
    if (from(this.#words, this.#end, ENTRY)) return;
    for (let i = this.#lower.length - 1; i >= 0; i--) if (from(this.#lower[i]!, this.#lower[i]!.length, 0)) return;
  }
}
