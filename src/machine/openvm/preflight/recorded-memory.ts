// Memory of a guest while it is recorded, flat: the words of registers and memory with the time of each. A chunk is taken apart at its
// first touch and put together at the end, which is all that accesses of words leave of upstream's online memory.
// Reference: openvm:crates/vm/src/system/memory/online.rs, v1.4.0; runtime/openvm/tracing-memory.ts is the whole of it.

import { JitExecError } from '../../../../runtime/errors.ts';
import { PAGE_BYTES } from '../../../../runtime/layout.ts';
import { growTo } from '../../../../runtime/memory/grow.ts';
import { sharedMemory } from '../../../../runtime/memory/reserve.ts';
import type { WasmMemory } from '../../../../runtime/memory/wasm-types.ts';
import { TIME_MASK } from '../../../../runtime/openvm/access-metadata.ts';
import type { AddressMap } from '../../../../runtime/openvm/address-map.ts';
import { CHUNK, SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import type { DenseRecordArena } from '../../../../runtime/openvm/arena.ts';
import type { TouchedBlock } from '../../../../runtime/openvm/equipartition.ts';
import { PAGE_SHIFT } from '../../../../runtime/openvm/linear-memory.ts';
import { ACCESSED, RECORDED, RECORDED_REGISTERS } from '../../../../runtime/openvm/preflight-layout.ts';

const WORD = 4;
/** Of the memory, at first and at most. */
export const RECORDED_PAGES: number = RECORDED.records / PAGE_BYTES;
export const MOST_RECORDED_PAGES: number = 2 ** 32 / PAGE_BYTES;
/** Of a chunk in two words: six words of a head, two timestamps, two words of cells. */
const RECORD_BYTES = 40;
const PAGE_WORDS_SHIFT: number = PAGE_SHIFT - 2;
const MERGED = 0x8000_0000;

/** The words of an address space, each with its time, and which of its chunks were touched. */
class RecordedSpace {
  readonly space: number;
  readonly words: Int32Array;
  readonly times: Int32Array;
  /** From one word of the space to the next. */
  readonly step: number;
  /** Pointers of touched chunks, in the order of their first touches. */
  #touched: Uint32Array = new Uint32Array(256);
  #count = 0;

  constructor(space: number, words: Int32Array, times: Int32Array, step = 1) {
    this.space = space;
    this.words = words;
    this.times = times;
    this.step = step;
  }

  /** The chunk of a pointer is touched for the first time: taken apart as it is. */
  touch(pointer: number, records: DenseRecordArena): void {
    const { times, words, step } = this;
    const chunk = pointer & -CHUNK;
    const at = chunk >>> 2;
    times[at] = ACCESSED | 0;
    times[at + 1] = ACCESSED | 0;
    if (this.#count === this.#touched.length) {
      const longer = new Uint32Array(2 * this.#count);
      longer.set(this.#touched);
      this.#touched = longer;
    }
    this.#touched[this.#count++] = chunk;
    appendChunk(records, {
      space: this.space,
      pointer: chunk,
      timestamp: 0,
      left: words[step * at]!,
      right: words[step * (at + 1)]!,
    });
  }

  /** Touched chunks by address, each put together; their times are forgotten. */
  *finish(records: DenseRecordArena): Generator<TouchedBlock> {
    const { times, words, step, space } = this;
    for (const pointer of this.pointers.sort()) {
      const at = pointer >>> 2;
      const [before, behind] = [times[at]! & TIME_MASK, times[at + 1]! & TIME_MASK];
      const [left, right] = [words[step * at]!, words[step * (at + 1)]!];
      const timestamp = Math.max(before, behind);
      appendChunk(records, { space, pointer, timestamp, left, right, before, behind });
      yield { space, pointer, timestamp, values: [...bytesOf(left), ...bytesOf(right)] };
      times[at] = 0;
      times[at + 1] = 0;
    }
    this.#count = 0;
  }

  get pointers(): Uint32Array {
    return this.#touched.subarray(0, this.#count);
  }

  /** Forgets what was touched. */
  reset(): void {
    for (const pointer of this.pointers) this.times.fill(0, pointer >>> 2, (pointer >>> 2) + 2);
    this.#count = 0;
  }
}

const bytesOf = (word: number): readonly number[] => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];

interface ChunkRecord {
  readonly space: number;
  readonly pointer: number;
  readonly timestamp: number;
  readonly left: number;
  readonly right: number;
  /** Of a merge: the times of both words. */
  readonly before?: number;
  readonly behind?: number;
}

/** A record of runtime/openvm/access-record.ts, of a chunk in two words. */
function appendChunk(
  records: DenseRecordArena,
  { space, pointer, timestamp, left, right, before, behind }: ChunkRecord,
): void {
  const { i32 } = records;
  const at = records.alloc(RECORD_BYTES) >>> 2;
  i32[at] = before === undefined ? timestamp : timestamp | MERGED;
  i32[at + 1] = space;
  i32[at + 2] = pointer;
  i32[at + 3] = CHUNK;
  i32[at + 4] = WORD;
  i32[at + 5] = 1;
  i32[at + 6] = before ?? 0;
  i32[at + 7] = behind ?? 0;
  i32[at + 8] = left;
  i32[at + 9] = right;
}

export class RecordedMemory {
  readonly memory: WasmMemory;
  readonly registers: Int32Array;
  readonly registerTimes: Int32Array;
  /** Word 0: timestamp of the next access. */
  readonly clock: Int32Array;
  readonly #guest: Int32Array;
  readonly #guestTimes: Int32Array;
  readonly #ofRegisters: RecordedSpace;
  readonly #ofMemory: RecordedSpace;
  #ofPublic: RecordedSpace;
  #records!: DenseRecordArena;
  /** What the memory is a copy of, and its revision then. */
  #source: AddressMap | undefined;
  #revision = 0;
  #pages: readonly number[] = [];

  /** @throws ENVIRONMENT where the host has no WebAssembly, or no address space for it */
  constructor() {
    if (typeof WebAssembly === 'undefined')
      throw new JitExecError('ENVIRONMENT', 'preflight: the host has no WebAssembly');
    this.memory = sharedMemory('preflight', RECORDED_PAGES, MOST_RECORDED_PAGES);
    const view = (at: number, words: number): Int32Array => new Int32Array(this.memory.buffer, at, words);
    this.registers = view(0, 2 * RECORDED_REGISTERS);
    this.registerTimes = view(RECORDED.registerTimes, RECORDED_REGISTERS);
    this.clock = view(RECORDED.clock, 1);
    const words = (RECORDED.times - RECORDED.guest) / WORD;
    this.#guest = view(RECORDED.guest, words);
    this.#guestTimes = view(RECORDED.times, words);
    this.#ofRegisters = new RecordedSpace(SPACE.registers, this.registers, this.registerTimes, 2);
    this.#ofMemory = new RecordedSpace(SPACE.memory, this.#guest, this.#guestTimes);
    this.#ofPublic = new RecordedSpace(SPACE.publicValues, new Int32Array(0), new Int32Array(0));
  }

  /** Makes room for so many bytes of records. */
  readonly reserve = (bytes: number): void => {
    growTo(this.memory, RECORDED.records + bytes, mib => `preflight: the host refused ${mib} MiB for records`);
  };

  /** A segment begins: memory is that of a state, access records go to an arena. */
  begin(source: AddressMap, records: DenseRecordArena): void {
    this.#records = records;
    this.clock[0] = 1;
    if (this.#source === source && this.#revision === source.revision) return;
    for (const page of this.#pages) this.#guest.fill(0, page << PAGE_WORDS_SHIFT, (page + 1) << PAGE_WORDS_SHIFT);
    const { pages } = source.memories[SPACE.memory]!;
    for (const [n, page] of pages.entries()) if (page !== undefined) this.#guest.set(page.i32, n << PAGE_WORDS_SHIFT);
    const registers = source.memories[SPACE.registers]!;
    for (let r = 0; r < RECORDED_REGISTERS; r++) this.registers[2 * r] = registers.word(WORD * r);
    const ofPublic = source.memories[SPACE.publicValues]!;
    const words = new Int32Array(ofPublic.size / WORD);
    for (let i = 0; i < words.length; i++) words[i] = ofPublic.word(WORD * i);
    this.#ofPublic = new RecordedSpace(SPACE.publicValues, words, new Int32Array(words.length));
  }

  /** The segment is over: what was touched, by address, which is written to the state's memory. */
  finish(source: AddressMap): readonly TouchedBlock[] {
    const touched: TouchedBlock[] = [];
    for (const space of [this.#ofRegisters, this.#ofMemory, this.#ofPublic]) {
      const memory = source.memories[space.space]!;
      for (const block of space.finish(this.#records)) {
        touched.push(block);
        const at = block.pointer >>> 2;
        memory.setWord(block.pointer, space.words[space.step * at]!);
        memory.setWord(block.pointer + WORD, space.words[space.step * (at + 1)]!);
      }
    }
    this.#isCopyOf(source);
    return touched;
  }

  #isCopyOf(source: AddressMap): void {
    this.#source = source;
    this.#revision = source.revision;
    this.#pages = [...source.memories[SPACE.memory]!.pages.keys()].filter(
      n => source.memories[SPACE.memory]!.pages[n] !== undefined,
    );
  }

  /** The segment is given up: the next one begins anew. */
  abandon(source: AddressMap): void {
    for (const space of [this.#ofRegisters, this.#ofMemory, this.#ofPublic]) {
      for (const pointer of space.pointers)
        if (space === this.#ofMemory) this.#guest.fill(0, pointer >>> 2, (pointer >>> 2) + 2);
      space.reset();
    }
    this.#isCopyOf(source);
    this.#source = undefined;
  }

  readonly touchRegister = (register: number): void => this.#ofRegisters.touch(WORD * register, this.#records);

  readonly touchChunk = (pointer: number): void => this.#ofMemory.touch(pointer, this.#records);

  /** Accesses a word now, which is `accessed` as a time: when it was before. */
  touch(pointer: number, accessed: number): number {
    const at = pointer >>> 2;
    const before = this.#guestTimes[at]!;
    if (before === 0) this.touchChunk(pointer);
    this.#guestTimes[at] = accessed;
    return before & TIME_MASK;
  }

  touchPublic(pointer: number, accessed: number): number {
    const { times } = this.#ofPublic;
    const before = times[pointer >>> 2]!;
    if (before === 0) this.#ofPublic.touch(pointer, this.#records);
    times[pointer >>> 2] = accessed;
    return before & TIME_MASK;
  }

  /** The register that an instruction of the host reads. */
  touchOf(register: number, time: number): number {
    const before = this.registerTimes[register]!;
    if (before === 0) this.touchRegister(register);
    this.registerTimes[register] = time | ACCESSED;
    return before & TIME_MASK;
  }

  word(pointer: number): number {
    return this.#guest[pointer >>> 2]!;
  }

  setWord(pointer: number, value: number): void {
    this.#guest[pointer >>> 2] = value;
  }

  wordPublic(pointer: number): number {
    return this.#ofPublic.words[pointer >>> 2]!;
  }

  setWordPublic(pointer: number, value: number): void {
    this.#ofPublic.words[pointer >>> 2] = value;
  }

  /** Whether public values end before the word that an address lies in. */
  isBeyond(address: number): boolean {
    return address >>> 0 >= WORD * this.#ofPublic.words.length;
  }

  /** Bytes of memory as they are. */
  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, RECORDED.guest + address, count).slice();
  }
}
