// Writes a minimal trace: the old (clk, value) of every touched doubleword, chunk by chunk into slots of the arena.
// Reference: minimal trace of SP1 6.4, sp1:crates/core/jit/src/{risc,memory}.rs.

import { CLK_PER_INSTRUCTION } from '../abi.ts';
import { CONTROL, ENTRY_WORDS, HIGH } from '../layout.ts';
import type { GuestMemory } from '../memory/memory.ts';
import { CHUNK_HEADER, CHUNK_HEADER_BYTES } from './chunk-layout.ts';
import type { ClockState, Inlined, RunObserver } from './observer.ts';

/** Where chunks go. Offsets are bytes from the start of the arena. */
export interface ChunkSink {
  /** A free slot of at least the agreed size; may wait for one. */
  acquire(): number;
  /** The slot now holds a complete chunk: header and `entries` entries. */
  publish(offset: number, entries: number): void;
}

export class Tracer implements RunObserver {
  readonly inlined: Inlined;
  /** Stamps as pairs of words, at the index of the doubleword's own words. */
  readonly stamps: Int32Array;
  /** The whole arena as words. */
  readonly words: Int32Array;
  chunks = 0;
  entriesBefore = 0;
  readonly #threshold: number;
  readonly #control: Int32Array;
  readonly #values: Int32Array;
  readonly #sink: ChunkSink;
  readonly #view: DataView;
  #slot = -1;
  #first = 0;

  constructor(memory: GuestMemory, threshold: number, sink: ChunkSink) {
    this.#threshold = threshold;
    this.#control = memory.control;
    this.#values = memory.i32;
    this.#sink = sink;
    this.stamps = new Int32Array(memory.buffer, memory.arena.stamps.offset, memory.arena.stamps.bytes / 4);
    this.words = new Int32Array(memory.buffer);
    this.inlined = { kind: 'traced', words: this.words, stamps: this.stamps };
    this.#view = new DataView(memory.buffer);
  }

  /** Entries of the current chunk. */
  get entries(): number {
    return (this.#control[CONTROL.traceTail]! - this.#first) / ENTRY_WORDS;
  }

  get isFull(): boolean {
    return this.entries >= this.#threshold;
  }

  begin({ pc, clk }: ClockState): void {
    const slot = this.#sink.acquire();
    const view = this.#view;
    this.#slot = slot;
    for (let r = 0; r < 32; r++) {
      view.setInt32(slot + 8 * r, this.#control[2 * r]!, true);
      view.setInt32(slot + 8 * r + 4, this.#control[2 * r + 1]!, true);
    }
    this.#setU64(CHUNK_HEADER.pcStart, pc);
    this.#setU64(CHUNK_HEADER.clkStart, clk);
    this.#first = (slot + CHUNK_HEADER_BYTES['6.4']) / 4;
    this.#control[CONTROL.traceTail] = this.#first;
    this.#control[CONTROL.traceLimit] = this.#first + this.#threshold * ENTRY_WORDS;
  }

  end({ clk, globalClk }: ClockState): void {
    const { entries } = this;
    this.#setU64(CHUNK_HEADER.clkEnd, clk);
    this.#setU64(CHUNK_HEADER.numMemReads, entries);
    this.#setU64(CHUNK_HEADER.globalClkEnd, globalClk);
    this.#setU64(CHUNK_HEADER.padding, 0);
    this.chunks++;
    this.entriesBefore += entries;
    this.#sink.publish(this.#slot, entries);
    this.#slot = -1;
  }

  #setU64(offset: number, value: number): void {
    this.#view.setUint32(this.#slot + offset, value >>> 0, true);
    this.#view.setUint32(this.#slot + offset + 4, Math.floor(value / HIGH), true);
  }

  /** Until the clock's high word changes, or the chunk could be full. */
  room(clk: number): number {
    const left = Math.ceil(((Math.floor(clk / HIGH) + 1) * HIGH - clk) / CLK_PER_INSTRUCTION);
    return Math.min(left, this.#threshold - this.entries);
  }

  block(): void {}

  call(): void {}

  append(clkLo: number, clkHi: number, lo: number, hi: number): void {
    const tail = this.#control[CONTROL.traceTail]!;
    this.words[tail] = clkLo;
    this.words[tail + 1] = clkHi;
    this.words[tail + 2] = lo;
    this.words[tail + 3] = hi;
    this.#control[CONTROL.traceTail] = tail + ENTRY_WORDS;
  }

  record(offset: number): void {
    const at = (offset >>> 3) << 1;
    this.append(this.stamps[at]!, this.stamps[at + 1]!, this.#values[at]!, this.#values[at + 1]!);
  }

  stamp(offset: number, clkLo: number, clkHi: number): void {
    const at = (offset >>> 3) << 1;
    this.stamps[at] = clkLo;
    this.stamps[at + 1] = clkHi;
  }

  /** Records the doubleword, then stamps it. */
  touch(offset: number, fuel: number): void {
    this.record(offset);
    this.stampNow(offset, fuel);
  }

  /** Stamps it clk + 1 of the instruction that has `fuel` left. */
  stampNow(offset: number, fuel: number): void {
    const clk = (this.#control[CONTROL.clkBase]! - (fuel << 3) + 1) | 0;
    this.stamp(offset, clk, this.#control[CONTROL.clkHi]!);
  }
}
