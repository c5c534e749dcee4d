// A ring of chunk slots in shared memory: one producer, any number of consumers, over Atomics.
//
// A slot is free, being written, full, or held. The producer takes any free slot, so consumers may hold several and
// release them out of order; when none is free it waits: that is the back-pressure. Each full slot is claimed once, in
// the order published. `failed` is final, and either side (or who watches a thread die) may set it: every wait then
// ends with RingFailure. A wait also looks again by itself, so that a lost thread of notifications hangs nobody.
// On a browser's main thread Atomics.wait is forbidden: there `tryClaim` (with a timer) or `claimAsync` is for consumers,
// and the producer must be a worker.

import { assert, JitExecError } from '../errors.ts';
import type { ChunkSink } from './tracer.ts';

const STATE = 0;
/** Bumped when something may have become claimable, or the state changed. */
const PUBLISHED = 1;
/** Bumped when a slot became free, or the state changed. */
const RELEASED = 2;
const SEQUENCE = 3;
const REASON_BYTES = 4;
/** Milliseconds, of the producer only. */
const WAITED = 5;
const HEADER_WORDS = 8;
/** Words of a slot: state, sequence, entries. */
const SLOT_WORDS = 3;
const MAX_REASON_BYTES = 1024;

const RUNNING = 0;
const FINISHED = 1;
const FAILED = 2;

const FREE = 0;
const WRITING = 1;
const FULL = 2;
const HELD = 3;

const LOOK_AGAIN_MILLISECONDS = 500;

/** `count` slots of `bytes` bytes each, from byte `offset` of the buffer on. */
export interface RingSlots {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

/** What another thread needs to take part; survives postMessage. */
export interface RingHandle extends RingSlots {
  readonly control: SharedArrayBuffer;
}

/** A chunk in the hands of a consumer, until it is released. */
export interface ClaimedChunk {
  /** 0 for the first chunk of the run. */
  readonly sequence: number;
  /** Entries in the chunk. */
  readonly entries: number;
  /** The whole slot. */
  readonly bytes: Uint8Array;
  readonly slot: number;
}

/** The other side gave up; the message is its reason. */
export class RingFailure extends JitExecError {
  constructor(reason: string) {
    super('ENVIRONMENT', `chunk ring: ${reason}`);
    this.name = 'RingFailure';
  }
}

export class ChunkRing implements ChunkSink {
  readonly handle: RingHandle;
  readonly #control: Int32Array;
  readonly #reason: Uint8Array;

  /** Takes part in the ring that `handle` describes. */
  constructor(handle: RingHandle) {
    this.handle = handle;
    const words = HEADER_WORDS + SLOT_WORDS * handle.count;
    this.#control = new Int32Array(handle.control, 0, words);
    this.#reason = new Uint8Array(handle.control, 4 * words, MAX_REASON_BYTES);
  }

  /** An empty ring over the slots. */
  static create(slots: RingSlots): ChunkRing {
    const { buffer, offset, bytes, count } = slots;
    assert(count > 0, 'a ring has at least one slot');
    const control = new SharedArrayBuffer(4 * (HEADER_WORDS + SLOT_WORDS * count) + MAX_REASON_BYTES);
    return new ChunkRing({ buffer, offset, bytes, count, control });
  }

  #slotWord(slot: number, word: 0 | 1 | 2): number {
    return HEADER_WORDS + SLOT_WORDS * slot + word;
  }

  /** Producer: the byte offset of a free slot. Waits for one. Throws RingFailure. */
  acquire(): number {
    const control = this.#control;
    let since: number | undefined;
    for (;;) {
      const released = Atomics.load(control, RELEASED);
      this.#throwIfFailed();
      const slot = this.#take(FREE, WRITING);
      if (slot !== undefined) {
        if (since !== undefined) control[WAITED]! += Math.ceil(performance.now() - since);
        return this.handle.offset + slot * this.handle.bytes;
      }
      since ??= performance.now();
      Atomics.wait(control, RELEASED, released, LOOK_AGAIN_MILLISECONDS);
    }
  }

  /** Any slot in state `from`, now in state `to`. */
  #take(from: number, to: number): number | undefined {
    for (let slot = 0; slot < this.handle.count; slot++) {
      const at = this.#slotWord(slot, 0);
      if (Atomics.compareExchange(this.#control, at, from, to) === from) return slot;
    }
    return undefined;
  }

  /** Producer: the slot at this byte offset holds a complete chunk. */
  publish(offset: number, entries: number): void {
    const slot = (offset - this.handle.offset) / this.handle.bytes;
    const at = this.#slotWord(slot, 0);
    assert(Atomics.load(this.#control, at) === WRITING, `slot ${slot} was acquired before it is published`);
    this.#control[at + 1] = this.#control[SEQUENCE]!++;
    this.#control[at + 2] = entries;
    Atomics.store(this.#control, at, FULL);
    this.#wake(PUBLISHED);
  }

  /** Producer: no chunk follows. */
  finish(): void {
    Atomics.compareExchange(this.#control, STATE, RUNNING, FINISHED);
    this.#wake(PUBLISHED);
  }

  /** Consumer: the oldest unclaimed chunk, now this consumer's alone. Waits; undefined after the last. Throws RingFailure. */
  claim(): ClaimedChunk | undefined {
    for (;;) {
      const published = Atomics.load(this.#control, PUBLISHED);
      const claimed = this.tryClaim();
      if (claimed !== 'none') return claimed;
      Atomics.wait(this.#control, PUBLISHED, published, LOOK_AGAIN_MILLISECONDS);
    }
  }

  /** As `claim` where a thread may not block. */
  async claimAsync(): Promise<ClaimedChunk | undefined> {
    for (;;) {
      const published = Atomics.load(this.#control, PUBLISHED);
      const claimed = this.tryClaim();
      if (claimed !== 'none') return claimed;
      await changed(this.#control, PUBLISHED, published);
    }
  }

  /** As `claim`, but gives `none` where it would wait. */
  tryClaim(): ClaimedChunk | undefined | 'none' {
    this.#throwIfFailed();
    // Read before the scan: then a scan that finds nothing comes after the last publication.
    const isFinished = Atomics.load(this.#control, STATE) === FINISHED;
    for (;;) {
      const slot = this.#oldestFull();
      if (slot === undefined) return isFinished ? undefined : 'none';
      const at = this.#slotWord(slot, 0);
      if (Atomics.compareExchange(this.#control, at, FULL, HELD) !== FULL) continue;
      const { buffer, offset, bytes } = this.handle;
      return {
        sequence: this.#control[at + 1]!,
        entries: this.#control[at + 2]!,
        bytes: new Uint8Array(buffer, offset + slot * bytes, bytes),
        slot,
      };
    }
  }

  #oldestFull(): number | undefined {
    let oldest: number | undefined;
    let first = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.handle.count; slot++) {
      const at = this.#slotWord(slot, 0);
      if (Atomics.load(this.#control, at) !== FULL) continue;
      const sequence = Atomics.load(this.#control, at + 1);
      if (sequence >= first) continue;
      first = sequence;
      oldest = slot;
    }
    return oldest;
  }

  /** Consumer: the slot may be written again; its bytes must not be read any more. */
  release({ slot }: ClaimedChunk): void {
    const was = Atomics.compareExchange(this.#control, this.#slotWord(slot, 0), HELD, FREE);
    assert(was === HELD, `slot ${slot} was held before it is released`);
    this.#wake(RELEASED);
  }

  /** Either side, or the owner of a thread that died: nobody can go on. The first reason stays. */
  fail(reason: string): void {
    const control = this.#control;
    const text = new TextEncoder().encode(reason).subarray(0, MAX_REASON_BYTES);
    if (Atomics.compareExchange(control, REASON_BYTES, 0, Math.max(1, text.length)) === 0) this.#reason.set(text);
    Atomics.store(control, STATE, FAILED);
    this.#wake(PUBLISHED);
    this.#wake(RELEASED);
  }

  #wake(word: number): void {
    Atomics.add(this.#control, word, 1);
    Atomics.notify(this.#control, word);
  }

  #throwIfFailed(): void {
    if (Atomics.load(this.#control, STATE) === FAILED) throw new RingFailure(this.failure!);
  }

  /** Why the ring failed, if it did. */
  get failure(): string | undefined {
    if (Atomics.load(this.#control, STATE) !== FAILED) return undefined;
    // TextDecoder refuses views of shared memory.
    return new TextDecoder().decode(this.#reason.slice(0, this.#control[REASON_BYTES]));
  }

  /** Milliseconds that the producer has waited for slots. */
  get waitedMilliseconds(): number {
    return Atomics.load(this.#control, WAITED);
  }

  /** Chunks published so far. */
  get published(): number {
    return Atomics.load(this.#control, SEQUENCE);
  }
}

type AsyncWait = { readonly async: true; readonly value: Promise<unknown> } | { readonly async: false };

/** Resolves when the word is no longer `value`, or after a while. */
async function changed(words: Int32Array, index: number, value: number): Promise<void> {
  // Not in the types of ES2023, nor in every browser.
  const { waitAsync } = Atomics as unknown as {
    waitAsync?: (words: Int32Array, index: number, value: number, timeout: number) => AsyncWait;
  };
  if (waitAsync === undefined) {
    await new Promise(resolve => setTimeout(resolve, 1));
    return;
  }
  const wait = waitAsync(words, index, value, LOOK_AGAIN_MILLISECONDS);
  if (wait.async) await wait.value;
}
