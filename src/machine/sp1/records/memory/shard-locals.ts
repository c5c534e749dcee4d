// Doublewords of a shard with their first and last state: events that the walk keeps by the clk of the last access, and what
// it cannot know of those that precompiles and hints changed.

import { sp1Chip } from '../../../../../codegen/chips/sp1/index.ts';
import { JitExecError } from '../../../../../runtime/errors.ts';
import { HIGH } from '../../../../../runtime/layout.ts';
import { LOCAL, WALK } from '../../../../../runtime/trace/walk-layout.ts';
import type { Hint } from '../cut/splice.ts';
import type { Walker } from '../walk/walker.ts';

/** A call's accesses are within so many words of the chain. */
const CHAIN_OF_CALL = 8;
const WORDS = LOCAL.bytes / 4;

export class ShardLocals {
  readonly #walker: Walker;
  /** Of doublewords that precompiles or hints changed: the place of the event, or 0 where it is final. */
  readonly #known = new Map<number, number>();
  /** An event of no address. */
  #nobody = 0;
  #first = 0;
  #clkStart = 0;

  constructor(walker: Walker) {
    this.#walker = walker;
  }

  /** Begins a shard of so many doublewords, its events at a place, and before them one of nobody. */
  begin(chain: number, nobody: number, first: number, clkStart: number): void {
    const { words, view } = this.#walker;
    this.#known.clear();
    this.#nobody = nobody;
    this.#first = first;
    this.#clkStart = clkStart;
    view.setBigUint64(nobody + LOCAL.address, 2n ** 64n - 1n, true);
    words[WALK.chain >> 2] = chain;
    words[WALK.localTail >> 2] = first;
    words[WALK.rehinted >> 2] = 0;
    this.#walker.shardStart = clkStart;
  }

  /** What the chain does not know: see RecordListener. */
  resolve(address: bigint, oldClk: bigint): number {
    const known = this.#known.get(Number(address));
    if (known === undefined && Number(oldClk) >= this.#clkStart) {
      throw new JitExecError('TRACE_INVALID', `trace: nothing accessed 0x${address.toString(16)} at clk ${oldClk}`);
    }
    if (known === 0) this.#known.delete(Number(address));
    return known ?? 0;
  }

  /** A precompile call at `clk` is about to access doublewords. */
  beginCall(clk: number): void {
    const { words } = this.#walker;
    const from = (words[WALK.chain >> 2]! + (clk - this.#clkStart) / 2) >>> 2;
    words.fill(this.#nobody, from, from + CHAIN_OF_CALL);
  }

  /** An access of a call whose rows are in the shard. */
  access(address: number, oldClk: number, oldValue: bigint, clk: number, value: bigint): void {
    const { view, find } = this.#walker;
    const place = find!(BigInt(address), BigInt(oldClk), oldValue);
    view.setBigUint64(place + LOCAL.finalClk, BigInt(clk), true);
    view.setBigUint64(place + LOCAL.finalValue, value, true);
    this.#known.set(address, place);
  }

  /** A call of another shard takes a doubleword over: what the shard knows of it is final. */
  close(address: number): void {
    this.#known.set(address, 0);
  }

  /** A hint gives doublewords clk 0 again: those that the shard has accessed keep their events. */
  hint({ address, bytes }: Hint): void {
    const { words, view } = this.#walker;
    const end = address + 8 * (Math.floor(bytes / 8) + 1);
    const tail = words[WALK.localTail >> 2]!;
    for (let at = this.#first; at < tail; at += LOCAL.bytes) {
      const other = view.getUint32(at, true) + HIGH * view.getUint32(at + 4, true);
      if (other < address || other >= end || this.#known.get(other) === 0) continue;
      this.#known.set(other, at);
      words[WALK.rehinted >> 2] = 1;
    }
    // That its next access begins another event is to be heard.
    for (const [other, place] of this.#known)
      if (place === 0 && other >= address && other < end) words[WALK.rehinted >> 2] = 1;
  }

  /** Structs of MemoryLocal by address, of one address by their initial clk, behind `before` that are there already. */
  events(before: Uint8Array): Uint8Array {
    const { words } = this.#walker;
    const count = (words[WALK.localTail >> 2]! - this.#first) / LOCAL.bytes;
    const order = orderOf(words, this.#first >> 2, count);
    const { bytes, fields } = sp1Chip('MemoryLocal').event;
    const structs = new Uint8Array(before.length + count * bytes);
    structs.set(before);
    const out = new Int32Array(structs.buffer);
    const places = (
      [
        ['addr', LOCAL.address],
        ['initial_ts', LOCAL.initialClk],
        ['initial_value', LOCAL.initialValue],
        ['final_ts', LOCAL.finalClk],
        ['final_value', LOCAL.finalValue],
      ] as const
    ).map(([name, from]) => [fields.get(name)!.offset >> 2, from >> 2] as const);
    let to = before.length >> 2;
    for (let i = 0; i < count; i++) {
      const from = (this.#first >> 2) + WORDS * order[i]!;
      for (const [target, source] of places) {
        out[to + target] = words[from + source]!;
        out[to + target + 1] = words[from + source + 1]!;
      }
      to += bytes >> 2;
    }
    return structs;
  }
}

const DIGITS = 6;
const RADIX = 256;

/** Numbers of the events in ascending order of their addresses, of 48 bits; those of one address as they are. */
function orderOf(words: Int32Array, first: number, count: number): Uint32Array {
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let other = new Uint32Array(count);
  const starts = new Uint32Array(RADIX + 1);
  for (let digit = 0; digit < DIGITS; digit++) {
    const [word, shift] = [first + (digit >> 2), 8 * (digit & 3)];
    const of = (i: number): number => (words[word + WORDS * i]! >>> shift) & (RADIX - 1);
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[of(i) + 1]!++;
    if (starts.includes(count)) continue;
    for (let value = 0; value < RADIX; value++) starts[value + 1]! += starts[value]!;
    for (let i = 0; i < count; i++) other[starts[of(order[i]!)]!++] = order[i]!;
    [order, other] = [other, order];
  }
  return order;
}
