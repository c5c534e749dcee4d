// The profile of a batch: atomic blocks with what they cost, and which of them use which (delta edges).
// Reference: ix:crates/kernel/src/profile.rs.

import { hexOf } from '../../../runtime/hex.ts';
import { type Hypergraph, makeHypergraph, NetList } from './hypergraph.ts';

export const ADDRESS_BYTES = 32;
/** Counters of version 2, in the order of the file. */
export const COUNTERS = ['subst', 'whnf', 'defEq', 'natArith', 'intern'] as const;
export type Counter = (typeof COUNTERS)[number];

/** Each is a u64, kept whole. */
export interface ProfiledBlock {
  /** Its content address, of 32 bytes. */
  readonly address: Uint8Array;
  readonly heartbeats: bigint;
  /** Bytes that another shard must load to use it; a u32. */
  readonly size: number;
  readonly constants: number;
  /** Absent in version 1. */
  readonly counters?: Readonly<Record<Counter, bigint>>;
}

export interface BatchProfile {
  readonly version: 1 | 2;
  /** By address, ascending: a block's number is its place. */
  readonly blocks: readonly ProfiledBlock[];
  /** Of each block, where the producers that it uses start in `producers`, and where those of the last end. */
  readonly producerStarts: Float64Array;
  readonly producers: Uint32Array;
}

const MAX_U64 = 2n ** 64n - 1n;
const MAX_U32 = 2 ** 32 - 1;
const saturated = (value: bigint): bigint => (value > MAX_U64 ? MAX_U64 : value);

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

interface Building {
  readonly address: Uint8Array;
  heartbeats: bigint;
  size: number;
  constants: number;
  readonly counters: Record<Counter, bigint>;
}

const noCounters = (): Record<Counter, bigint> => ({ subst: 0n, whnf: 0n, defEq: 0n, natArith: 0n, intern: 0n });

/** What is recorded of a block: counts are added to what there is, the size replaces it. */
export interface RecordedCost {
  readonly heartbeats?: bigint;
  readonly size?: number;
  readonly constants?: number;
  readonly counters?: Partial<Record<Counter, bigint>>;
}

/** Collects blocks and edges; in whichever order they come, the profile is the same. */
export class ProfileBuilder {
  readonly #blocks = new Map<string, Building>();
  readonly #edges = new Map<string, Set<string>>();

  add(address: Uint8Array, { heartbeats = 0n, size, constants = 0, counters = {} }: RecordedCost): void {
    const block = this.#block(address);
    block.heartbeats = saturated(block.heartbeats + heartbeats);
    block.constants = Math.min(MAX_U32, block.constants + constants);
    if (size !== undefined) block.size = size;
    for (const name of COUNTERS) block.counters[name] = saturated(block.counters[name] + (counters[name] ?? 0n));
  }

  /** The consumer uses the producer's body. A block's use of itself is none. */
  addEdge(consumer: Uint8Array, producer: Uint8Array): void {
    const from = hexOf(consumer);
    const to = hexOf(producer);
    this.#block(consumer);
    this.#block(producer);
    if (from === to) return;
    const producers = this.#edges.get(from);
    if (producers === undefined) this.#edges.set(from, new Set([to]));
    else producers.add(to);
  }

  /** All that another profile has. */
  merge({ blocks, producerStarts, producers }: BatchProfile): void {
    for (const [id, block] of blocks.entries()) {
      this.add(block.address, block);
      for (let at = producerStarts[id]!; at < producerStarts[id + 1]!; at++)
        this.addEdge(block.address, blocks[producers[at]!]!.address);
    }
  }

  #block(address: Uint8Array): Building {
    const key = hexOf(address);
    let block = this.#blocks.get(key);
    if (block === undefined) {
      block = { address: address.slice(), heartbeats: 0n, size: 0, constants: 0, counters: noCounters() };
      this.#blocks.set(key, block);
    }
    return block;
  }

  profile(version: 1 | 2): BatchProfile {
    const sorted = [...this.#blocks].sort(([a], [b]) => (a < b ? -1 : 1));
    const ids = new Map(sorted.map(([key], id) => [key, id]));
    const producerStarts = new Float64Array(sorted.length + 1);
    const producers: number[] = [];
    for (const [id, [key]] of sorted.entries()) {
      const own = [...(this.#edges.get(key) ?? [])].map(producer => ids.get(producer)!);
      producers.push(...own.sort((a, b) => a - b));
      producerStarts[id + 1] = producers.length;
    }
    const blocks = sorted.map(([, { counters, ...block }]) => (version === 1 ? block : { ...block, counters }));
    return { version, blocks, producerStarts, producers: Uint32Array.from(producers) };
  }
}

/** Calls with each block's distinct producers but itself, in the order of the file. */
export function forEachUse(
  { blocks, producerStarts, producers }: BatchProfile,
  use: (consumer: number, producer: number) => void,
): void {
  const seenBy = new Int32Array(blocks.length).fill(-1);
  for (let consumer = 0; consumer < blocks.length; consumer++) {
    for (let at = producerStarts[consumer]!; at < producerStarts[consumer + 1]!; at++) {
      const producer = producers[at]!;
      if (producer === consumer || seenBy[producer] === consumer) continue;
      seenBy[producer] = consumer;
      use(consumer, producer);
    }
  }
}

/** One net for each block that others use: the block and they, as heavy as its bytes. */
export function hypergraphOf(profile: BatchProfile, costs: Float64Array): Hypergraph {
  const count = profile.blocks.length;
  const starts = new Int32Array(count + 1);
  forEachUse(profile, (_, producer) => {
    starts[producer + 1]!++;
  });
  for (let id = 0; id < count; id++) starts[id + 1]! += starts[id]!;
  const next = starts.slice(0, count);
  const consumers = new Int32Array(starts[count]!);
  forEachUse(profile, (consumer, producer) => {
    consumers[next[producer]!++] = consumer;
  });
  const nets = new NetList(count, count + consumers.length);
  for (let id = 0; id < count; id++) {
    nets.pin(id);
    for (let at = starts[id]!; at < starts[id + 1]!; at++) nets.pin(consumers[at]!);
    nets.end(profile.blocks[id]!.size);
  }
  return makeHypergraph(costs, nets.all);
}
