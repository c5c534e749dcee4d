// Text that its own file calls writable: what a store changes there is decoded again, and no code compiled before it runs on.

import { OPERATION, SLOT, SLOT_WORDS } from '../../../codegen/program/slots.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import type { CodeStores, GuestMemory } from '../../../runtime/memory/memory.ts';

const LONGEST_INSTRUCTION = 4;

/** The same text, remembering which slots anybody has read. */
export function watchedText(text: GuestText, read: Uint8Array): GuestText {
  return {
    ...text,
    instructionAt(slot) {
      read[slot] = 1;
      return text.instructionAt(slot);
    },
  };
}

export class RewrittenCode implements CodeStores {
  readonly #text: GuestText;
  readonly #read: Uint8Array;
  readonly #memory: GuestMemory;
  readonly #slots: Int32Array;
  readonly #forget: () => void;
  /** Host frames of compiled code below the interpreter that runs. */
  depth = 0;
  /** Whether the program has changed code that ran or was compiled: from then on it is interpreted. */
  hasChanged = false;
  #mustUnwind = false;

  /**
   * `read` has 1 for each slot whose instruction was read, by the interpreter or to be compiled; `slots` are the
   * predecoded ones; `forget` drops everything that was compiled.
   */
  constructor(text: GuestText, read: Uint8Array, memory: GuestMemory, slots: Int32Array, forget: () => void) {
    this.#text = text;
    this.#read = read;
    this.#memory = memory;
    this.#slots = slots;
    this.#forget = forget;
    memory.codeStores = this;
  }

  get mustUnwind(): boolean {
    return this.#mustUnwind;
  }

  /** Whether everything had to unwind, once. */
  takeUnwind(): boolean {
    const must = this.#mustUnwind;
    this.#mustUnwind = false;
    return must;
  }

  /** First and last slot of the instructions that may have one of these bytes. */
  #slotsOf(address: number, bytes: number): readonly [number, number] {
    const { base, slotShift, slots } = this.#text;
    const first = Math.floor((address - base - LONGEST_INSTRUCTION + 2 ** slotShift) / 2 ** slotShift);
    return [Math.max(0, first), Math.min(slots - 1, Math.floor((address + bytes - 1 - base) / 2 ** slotShift))];
  }

  #wasRead(address: number, bytes: number): boolean {
    const [first, last] = this.#slotsOf(address, bytes);
    return this.#read.subarray(first, last + 1).includes(1);
  }

  /** Compiled code on the host's stack could go on with what it was compiled from: it must return first. */
  mayStore(address: number, bytes: number): boolean {
    if (!this.#wasRead(address, bytes)) return true;
    if (this.depth > 0) {
      this.#mustUnwind = true;
      return false;
    }
    this.#change();
    return true;
  }

  #change(): void {
    this.hasChanged = true;
    this.#forget();
  }

  stored(address: number, bytes: number): void {
    const text = this.#text;
    const from = Math.max(address, text.base);
    const end = Math.min(address + bytes, text.base + text.bytes.length);
    if (from >= end) return;
    text.bytes.set(this.#memory.readBytes(from, end - from)!, from - text.base);
    const [first, last] = this.#slotsOf(address, bytes);
    for (let slot = first; slot <= last; slot++) this.#slots[slot * SLOT_WORDS + SLOT.operation] = OPERATION.undecoded;
    this.#read.fill(0, first, last + 1);
  }

  storedByHost(address: number, bytes: number): void {
    if (this.#wasRead(address, bytes)) {
      this.#change();
      this.#mustUnwind = true;
    }
    this.stored(address, bytes);
  }
}
