// The order of a run's shards: which core shards can be made while chunks arrive, which must wait for the run's end, and
// what comes then. Plain data in, plain data out.

import { assert } from '../../../../runtime/errors.ts';
import type { Guest } from '../../guest.ts';
import type { GranuleSet } from '../records/cut/granules.ts';
import type { Splice, SplicedChunk } from '../records/cut/splice.ts';
import { publicValuesOf, runValues } from '../records/public-values.ts';
import {
  coreShard,
  memoryAddresses,
  type Shard,
  type ShardOptions,
  shardsOf,
  unfinishedShards,
} from '../records/shards.ts';
import { type MemoryList, memoryLists } from './memory/memory-lists.ts';

/** A shard with its public values but the global sum, which its events decide. */
export interface ShardWithValues {
  readonly shard: Shard;
  readonly values: number[];
  /** Of a shard with global memory events: their addresses. */
  readonly memory: MemoryList | undefined;
  /** Of a precompile shard: of the calls of its code, how many come before. */
  readonly callsBefore: number;
}

interface Pending {
  readonly splice: Splice;
  readonly sequence: number;
  readonly isLast: boolean;
}

const commits = ({ splice }: Pending): boolean => splice.commits || splice.commitsDeferred;

export class ShardPlanner {
  readonly #guest: Guest;
  readonly #options: ShardOptions;
  readonly #chunks: SplicedChunk[] = [];
  #pending: Pending[] = [];
  #begun = 0;
  /** All shards of a run that halted. */
  all: readonly Shard[] = [];
  #made = 0;

  constructor(guest: Guest, options: ShardOptions) {
    this.#guest = guest;
    this.#options = options;
  }

  /** The next chunk, in order. */
  add(chunk: SplicedChunk): void {
    const sequence = this.#chunks.push(chunk) - 1;
    for (const [i, splice] of chunk.splices.entries()) {
      this.#pending.push({ splice, sequence, isLast: i === chunk.splices.length - 1 });
    }
  }

  /** So many chunks were begun: the shards of those before the last are whole. */
  begun(chunks: number): void {
    this.#begun = Math.max(this.#begun, chunks);
  }

  #isWhole({ sequence, isLast }: Pending): boolean {
    return !isLast || sequence + 1 < this.#begun;
  }

  /** Core shards that can be made now. Those from the first commitment on wait for what the run commits to in all. */
  take(): ShardWithValues[] {
    const ready: ShardWithValues[] = [];
    for (let head = this.#pending[0]; head !== undefined; head = this.#pending[0]) {
      if (!this.#isWhole(head) || commits(head)) break;
      this.#pending.shift();
      const shard = coreShard(head.splice, head.sequence, this.#made++, this.#guest.program);
      const [values] = publicValuesOf([shard], runValues([], true));
      ready.push({ shard, values: values!, memory: undefined, callsBefore: 0 });
    }
    return ready;
  }

  /** Those of whole chunks that wait for the run's end all the same. */
  get waiting(): readonly { readonly splice: Splice; readonly sequence: number }[] {
    return this.#pending.filter(({ sequence }) => sequence + 1 < this.#begun);
  }

  /** Core shards found so far. */
  get found(): number {
    return this.#made + this.#pending.length;
  }

  get chunks(): readonly SplicedChunk[] {
    return this.#chunks;
  }

  /** The run halted: all shards that were not given out yet, in order. */
  finish(clk: number, touched: GranuleSet): ShardWithValues[] {
    const { elf, program } = this.#guest;
    const pieces = { elf, program, chunks: this.#chunks, clk, touched };
    const shards = shardsOf(pieces, this.#options);
    this.all = shards;
    const values = publicValuesOf(shards, runValues(this.#chunks, this.#options.memoryShards === 'separate'));
    const takeMemory = memoryLists(memoryAddresses(pieces));
    const callsBefore = new Map<number, number>();
    const rest = shards.slice(this.#made);
    assert(rest.filter(({ kind }) => kind === 'core').length === this.#pending.length, 'shards: some were lost');
    this.#pending = [];
    return rest.map(shard => {
      const before = callsBefore.get(shard.code ?? -1) ?? 0;
      if (shard.code !== undefined) callsBefore.set(shard.code, before + shard.calls!.length);
      const hasMemory = shard.init.count + shard.finalize.count > 0;
      const memory = hasMemory ? takeMemory(shard) : undefined;
      return { shard, values: values[shard.index]!, memory, callsBefore: before };
    });
  }

  /** The run stopped without a halt: the shards that it completed. `isCut`: its last chunk could not be cut and is not here. */
  unfinished(isCut: boolean): readonly Shard[] {
    const { elf, program } = this.#guest;
    return unfinishedShards({ elf, program, chunks: this.#chunks, clk: 0 }, isCut);
  }
}
