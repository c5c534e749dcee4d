// What blocks ask of a recorded memory: first touches, words, and the metadata that they look at themselves.

import type { AccessMetadata } from '../../../../runtime/openvm/access-metadata.ts';
import { SIZE_SHIFT, TIME_MASK } from '../../../../runtime/openvm/access-metadata.ts';
import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import type { LinearMemory } from '../../../../runtime/openvm/linear-memory.ts';
import type { TracingMemory } from '../../../../runtime/openvm/tracing-memory.ts';

const SIZE_4 = 3;
const NOW_4: number = SIZE_4 << SIZE_SHIFT;

export class RecordedAccess {
  readonly memory: TracingMemory;
  /** Registers, and the words of their metadata. */
  readonly registers: Int32Array;
  readonly registerTimes: Int32Array;
  readonly #data: LinearMemory;
  readonly #public: LinearMemory;
  readonly #metadata: AccessMetadata;

  constructor(memory: TracingMemory) {
    this.memory = memory;
    const { memories } = memory.data;
    this.registers = memories[SPACE.registers]!.pageAt(0).i32.subarray(0, 32);
    this.registerTimes = memory.metadata[SPACE.registers]!.pageOf(0).words;
    this.#data = memories[SPACE.memory]!;
    this.#public = memories[SPACE.publicValues]!;
    this.#metadata = memory.metadata[SPACE.memory]!;
  }

  /** Accesses four cells at a time: when they were before. */
  at(space: number, pointer: number, time: number): number {
    this.memory.timestamp = time;
    return this.memory.access4(space, pointer);
  }

  register(register: number, time: number): number {
    return this.at(SPACE.registers, 4 * register, time);
  }

  touch(pointer: number, time: number): number {
    const page = this.#metadata.pages[pointer >>> 14];
    if (page !== undefined) {
      const entry = (pointer >>> 2) & 4095;
      const word = page.words[entry]!;
      if (word >>> SIZE_SHIFT === SIZE_4) {
        page.words[entry] = time | NOW_4;
        return word & TIME_MASK;
      }
    }
    return this.at(SPACE.memory, pointer, time);
  }

  touchPublic(pointer: number, time: number): number {
    return this.at(SPACE.publicValues, pointer, time);
  }

  word(pointer: number): number {
    const page = this.#data.pages[pointer >>> 16];
    return page === undefined ? 0 : page.i32[(pointer & 0xffff) >>> 2]!;
  }

  setWord(pointer: number, value: number): void {
    this.#data.setWord(pointer, value);
  }

  wordPublic(pointer: number): number {
    return this.#public.word(pointer);
  }

  setWordPublic(pointer: number, value: number): void {
    this.#public.setWord(pointer, value);
  }

  /** Whether public values end before the word that an address lies in. */
  isBeyond(address: number): boolean {
    return address >>> 0 >= this.#public.size;
  }
}
