// Writes a minimal trace: the old (clk, value) of every touched doubleword, chunk by chunk into slots of the arena.
// Reference: minimal trace of SP1 6.4, sp1:crates/core/jit/src/{risc,memory}.rs.

import { CLK_PER_INSTRUCTION } from '../abi.ts';
import { CONTROL, ENTRY_BYTES } from '../layout.ts';
import type { GuestMemory } from '../memory/memory.ts';
import { CHUNK_HEADER, CHUNK_HEADER_BYTES } from './chunk-layout.ts';

/** Where chunks go. Offsets are bytes from the start of the arena. */
export interface ChunkSink {
  /** A free slot of at least the agreed size; may wait for one. */
  acquire(): number;
  /** The slot now holds a complete chunk: header and `entries` entries. */
  publish(offset: number, entries: number): void;
}

export interface ClockState {
  readonly pc: number;
  readonly clk: number;
  readonly globalClk: number;
}

const HIGH = 4294967296;
const ENTRY_WORDS = ENTRY_BYTES / 4;

export class Tracer {
  readonly threshold: number;
  /** Stamps as pairs of words, at the index of the doubleword's own words. */
  readonly stamps: Int32Array;
  /** The whole arena as words. */
  readonly words: Int32Array;
  chunks = 0;
  entriesBefore = 0;
  /** Executions of the instruction at each slot, where they are counted. */
  readonly counts: Float64Array | undefined;
  readonly #control: Int32Array;
  readonly #values: Int32Array;
  readonly #sink: ChunkSink;
  readonly #view: DataView;
  #slot = -1;
  #first = 0;

  constructor(memory: GuestMemory, threshold: number, sink: ChunkSink) {
    this.threshold = threshold;
    this.#control = memory.control;
    this.#values = memory.i32;
    this.#sink = sink;
    this.stamps = new Int32Array(memory.buffer, memory.extra, memory.plan.areaBytes / 4);
    this.words = new Int32Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Entries of the current chunk. */
  get entries(): number {
    return (this.#control[CONTROL.traceTail]! - this.#first) / ENTRY_WORDS;
  }

  get isFull(): boolean {
    return this.entries >= this.threshold;
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
    this.#control[CONTROL.traceLimit] = this.#first + this.threshold * ENTRY_WORDS;
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

  /** Instructions that may run from `clk` on before the dispatcher must look: until the clock's high word changes. */
  room(clk: number): number {
    return Math.ceil(((Math.floor(clk / HIGH) + 1) * HIGH - clk) / CLK_PER_INSTRUCTION);
  }

  /** The dispatcher is about to go on at this place; for those who count. */
  pass(_place: ClockState): void {}

  /** The ecall at this place is about to be done; for those who count. */
  passEcall(_place: ClockState): void {}

  /** An entry that is not of memory. */
  append(clkLo: number, clkHi: number, lo: number, hi: number): void {
    const tail = this.#control[CONTROL.traceTail]!;
    this.words[tail] = clkLo;
    this.words[tail + 1] = clkHi;
    this.words[tail + 2] = lo;
    this.words[tail + 3] = hi;
    this.#control[CONTROL.traceTail] = tail + ENTRY_WORDS;
  }

  /** The doubleword at an area offset, as it is. */
  record(offset: number): void {
    const at = (offset >>> 3) << 1;
    this.append(this.stamps[at]!, this.stamps[at + 1]!, this.#values[at]!, this.#values[at + 1]!);
  }

  stamp(offset: number, clkLo: number, clkHi: number): void {
    const at = (offset >>> 3) << 1;
    this.stamps[at] = clkLo;
    this.stamps[at + 1] = clkHi;
  }

  /** A load or store by an instruction that has `fuel` left: records the doubleword, then stamps it clk + 1. */
  touch(offset: number, fuel: number): void {
    this.record(offset);
    const clk = (this.#control[CONTROL.clkBase]! - (fuel << 3) + 1) | 0;
    this.stamp(offset, clk, this.#control[CONTROL.clkHi]!);
  }
}

/** Bytes of a slot for chunks of `threshold` entries. */
export function slotBytes(threshold: number, overshoot: number): number {
  const bytes = CHUNK_HEADER_BYTES['6.4'] + (threshold + overshoot) * ENTRY_BYTES;
  return Math.ceil(bytes / 65536) * 65536;
}
