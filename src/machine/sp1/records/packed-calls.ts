// Precompile calls between the shard that made them and the shard of their rows, as words: a header, then the chunk's entries
// of the call. Results and memory states are made again from these: a KECCAK_PERMUTE takes 1264 bytes so, its rows 253 KB.

import { ENTRY_WORDS, HIGH } from '../../../../runtime/layout.ts';
import { sharedBuffer } from '../../../../runtime/memory/shared-buffer.ts';
import { ARGUMENTS } from '../abi.ts';
import type { PrecompileCall } from './enrich/index.ts';
import type { RecordedCall } from './recorded-call.ts';
import { callAt } from './walk/calls.ts';

/** Words of a header: code, entries, then clk, pc and five arguments, low and high. */
const HEADER = { code: 0, entries: 1, clk: 2, pc: 4, args: 6, words: 16 } as const;

/** A doubleword's first and last state in a call. */
export interface LocalState {
  readonly address: number;
  readonly initialClk: number;
  readonly initialValue: bigint;
  finalClk: number;
  finalValue: bigint;
}

/** A call whose rows are in a shard of their own. */
export interface SentCall extends PrecompileCall {
  readonly pc: number;
  readonly a0: bigint;
  readonly a1: bigint;
}

const wordsOf = ({ entries }: Pick<RecordedCall, 'entries'>): number => HEADER.words + entries.length;

/** The calls, one after the other, in shared memory. */
export function packCalls(calls: readonly RecordedCall[]): Int32Array {
  const length = calls.reduce((sum, call) => sum + wordsOf(call), 0);
  const words = new Int32Array(sharedBuffer(4 * length));
  let at = 0;
  for (const call of calls) {
    const put = (place: number, value: number): void => {
      words[at + place] = value | 0;
      words[at + place + 1] = (value / HIGH) | 0;
    };
    words[at + HEADER.code] = call.code;
    words[at + HEADER.entries] = call.entries.length / ENTRY_WORDS;
    put(HEADER.clk, call.clk);
    put(HEADER.pc, call.pc);
    for (const [i, argument] of [call.a0, call.a1, ...call.args.slice(2).map(BigInt)].entries()) {
      words[at + HEADER.args + 2 * i] = Number(BigInt.asIntN(32, argument));
      words[at + HEADER.args + 2 * i + 1] = Number(BigInt.asIntN(32, argument >> 32n));
    }
    words.set(call.entries, at + HEADER.words);
    at += wordsOf(call);
  }
  return words;
}

/** `count` calls behind the first `skip`. */
export function* unpackCalls(words: Int32Array, skip: number, count: number): Generator<SentCall> {
  let at = 0;
  for (let i = 0; i < skip + count; i++) {
    if (i >= skip) yield callIn(words, at);
    at += HEADER.words + ENTRY_WORDS * words[at + HEADER.entries]!;
  }
}

/** The words of `count` calls behind the first `skip`. */
export function wordsOfCalls(words: Int32Array, skip: number, count: number): Int32Array {
  const after = (calls: number, from: number): number => {
    let at = from;
    for (let i = 0; i < calls; i++) at += HEADER.words + ENTRY_WORDS * words[at + HEADER.entries]!;
    return at;
  };
  const start = after(skip, 0);
  return words.subarray(start, after(count, start));
}

function callIn(words: Int32Array, at: number): SentCall {
  const u64 = (place: number): bigint =>
    (BigInt(words[at + place + 1]! >>> 0) << 32n) | BigInt(words[at + place]! >>> 0);
  const args = ARGUMENTS.map((_, i) => u64(HEADER.args + 2 * i));
  return {
    code: words[at + HEADER.code]!,
    clk: Number(u64(HEADER.clk)),
    pc: Number(u64(HEADER.pc)),
    a0: args[0]!,
    a1: args[1]!,
    args: args.map(Number),
    registerClks: [],
    entries: words,
    first: at + HEADER.words,
  };
}

/** States of the doublewords that a call accessed, ascending by address. */
export function localsOf({ code, clk, args, a0, a1, entries, first }: SentCall): LocalState[] {
  const states = new Map<number, LocalState>();
  const keep = (address: number, initialClk: number, initialValue: bigint, finalClk: number, value: bigint): void => {
    const state = states.get(address);
    if (state === undefined) {
      states.set(address, { address, initialClk, initialValue, finalClk, finalValue: value });
      return;
    }
    state.finalClk = finalClk;
    state.finalValue = value;
  };
  const u64 = (at: number): bigint => (BigInt(entries[at + 1]! >>> 0) << 32n) | BigInt(entries[at]! >>> 0);
  let next = first;
  const walk = {
    register: (r: number): bigint =>
      r < ARGUMENTS[0] ? BigInt(code) : [a0, a1, ...args.slice(2).map(BigInt)][r - ARGUMENTS[0]]!,
    setRegister: (): void => undefined,
    take: (): number => {
      const at = next;
      next += ENTRY_WORDS;
      return at;
    },
    clkOf: (at: number): number => Number(u64(at)),
    valueOf: (at: number): bigint => u64(at + 2),
  };
  callAt(walk, clk).traffic({
    unsafe: () => undefined,
    read: (address, entry, at) => keep(address, walk.clkOf(entry), walk.valueOf(entry), at, walk.valueOf(entry)),
    write: keep,
  });
  return [...states.values()].sort((a, b) => a.address - b.address);
}
