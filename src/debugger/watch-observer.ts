// Stops a run after so many instructions, or behind an access that is watched.

import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Inlined, RunObserver } from '../../runtime/trace/observer.ts';

export type WatchKind = 'write' | 'read' | 'access';

export interface Watchpoint {
  readonly kind: WatchKind;
  readonly address: number;
  readonly bytes: number;
}

/** A tail at which no chunk ends, and one at which each does. */
const NEVER = 0x7fff_ffff;
const FULL = 0x7fff_ffff;
/** The most that an access may be aligned to. */
const WIDEST = 8;

export class WatchObserver implements RunObserver {
  /** The interpreter tells of each access, and leaves behind it where the tail says so; nothing is compiled. */
  readonly inlined: Inlined = { kind: 'traced', words: new Int32Array(0), stamps: new Int32Array(0) };
  /** Instructions executed so far; and after how many the run is to stop. */
  executed: () => number = () => 0;
  until = 0;
  watched: readonly Watchpoint[] = [];
  /** What was accessed. */
  hit: Watchpoint | undefined;
  isFull = false;
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  begin(): void {
    this.isFull = false;
    this.#memory.control[CONTROL.traceTail] = 0;
    this.#memory.control[CONTROL.traceLimit] = NEVER;
  }

  room(): number {
    return this.hit === undefined ? Math.max(0, this.until - this.executed()) : 0;
  }

  touch(offset: number, _fuel: number, store: number): void {
    this.#look(offset, Math.min(WIDEST, offset & -offset), store === 1 ? 'write' : 'read');
  }

  /** System calls access doublewords, to read or to write. */
  record(offset: number): void {
    this.#look(offset, WIDEST, 'access');
  }

  stamp(offset: number): void {
    this.#look(offset, WIDEST, 'access');
  }

  #look(offset: number, bytes: number, kind: WatchKind): void {
    if (this.watched.length === 0 || this.hit !== undefined) return;
    const address = this.#memory.addressOf(offset);
    const isHit = (watch: Watchpoint): boolean =>
      address < watch.address + watch.bytes &&
      watch.address < address + bytes &&
      (kind === 'access' || watch.kind === 'access' || watch.kind === kind);
    this.hit = this.watched.find(isHit);
    if (this.hit === undefined) return;
    this.isFull = true;
    this.#memory.control[CONTROL.traceTail] = FULL;
  }

  end(): void {}
  block(): void {}
  call(): void {}
  append(): void {}
}
