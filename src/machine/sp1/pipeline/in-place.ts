// The pipeline in one thread: shards are made where the guest runs, between its chunks.

import { JitExecError } from '../../../../runtime/errors.ts';
import { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { ChipModules } from '../../../tracegen/fill.ts';
import type { Guest } from '../../guest.ts';
import { GranuleSet } from '../records/cut/granules.ts';
import type { Splice } from '../records/cut/splice.ts';
import { Splicer } from '../records/cut/splicer.ts';
import { unpackCalls } from '../records/packed-calls.ts';
import type { Shard, ShardOptions } from '../records/shards.ts';
import { type CoreRecords, type ShardJob, ShardMaker } from './maker.ts';
import { CallStore, type TakenCalls } from './memory/call-store.ts';
import type { MemorySource, MemoryStates, Registers } from './memory/memory-lists.ts';
import { ShardPlanner, type ShardWithValues } from './planner.ts';
import type { ShardSink } from './sink.ts';

export interface InPlaceOptions extends ShardOptions {
  readonly onlyShard?: number | undefined;
  /** Whether a shard is made; asked of each, in order. */
  readonly wants?: (shard: Shard) => boolean;
}

/** What is done with each shard, in order. `callPieces`: its calls as they were filed. */
export interface InPlaceMaker {
  make(
    job: ShardJob & { readonly callPieces?: readonly TakenCalls<Int32Array>[] | undefined },
    onRecorded: (recorded: CoreRecords) => void,
  ): unknown;
}

export class ShardsInPlace {
  readonly #options: InPlaceOptions;
  readonly #splicer: Splicer;
  readonly #planner: ShardPlanner;
  readonly #maker: InPlaceMaker;
  readonly #touched = new GranuleSet();
  readonly #calls = new CallStore<Int32Array>();
  #registers: Registers = [];
  /** The chunk at hand, and pieces of earlier ones whose shards wait, by clkStart. */
  #chunk: TraceChunk | undefined;
  readonly #kept = new Map<number, TraceChunk>();
  #broken: JitExecError | undefined;
  #chunks = 0;

  constructor(guest: Guest, options: InPlaceOptions, maker: InPlaceMaker) {
    this.#options = options;
    this.#splicer = new Splicer(guest.program, options);
    this.#planner = new ShardPlanner(guest, options);
    this.#maker = maker;
  }

  /** With whole shards for a sink. */
  static into(guest: Guest, options: InPlaceOptions, sink: ShardSink): ShardsInPlace {
    const whole = { seats: 1, waveBytes: Number.POSITIVE_INFINITY, modules: new ChipModules() };
    return new ShardsInPlace(guest, options, new ShardMaker(guest.program, sink, whole));
  }

  /** The next chunk, whose bytes may change when `begun` was called. */
  add(chunk: TraceChunk): void {
    this.#chunk = chunk;
    this.#chunks++;
    try {
      const { touched, ...spliced } = this.#splicer.splice(chunk);
      this.#touched.addAll(touched);
      this.#planner.add({ ...spliced, touched: new Float64Array(0) });
    } catch (error) {
      // The last chunk of a run that stopped may end in the middle of what no entries tell.
      if (!(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
      this.#broken = error;
    }
    this.#makeReady();
  }

  /** Another chunk begins: that before is whole. */
  begun(): void {
    if (this.#chunk === undefined) return;
    if (this.#broken !== undefined) throw this.#broken;
    this.#planner.begun(this.#chunks + 1);
    this.#makeReady();
    for (const { splice, sequence } of this.#planner.waiting) {
      if (sequence === this.#chunks - 1) this.#kept.set(splice.clkStart, copyOf(this.#chunk, splice));
    }
  }

  #makeReady(): void {
    for (const planned of this.#planner.take()) this.#make(planned, undefined);
  }

  #make({ shard, values, callsBefore }: ShardWithValues, memory: MemoryStates | undefined): void {
    const { splice, code, calls } = shard;
    const kept = splice && this.#kept.get(splice.clkStart);
    const piece = kept && { entriesBefore: 0, entriesEnd: kept.numMemReads };
    const { onlyShard, wants } = this.#options;
    const isOne = onlyShard === undefined || onlyShard === shard.index;
    const isWanted = wants === undefined ? isOne : wants(shard);
    const stored = code === undefined ? undefined : this.#calls.take(code, callsBefore, calls!.length);
    this.#maker.make(
      {
        ...{ shard, values, isWanted, memory, registers: this.#registers, piece },
        chunk: splice && (kept ?? this.#chunk),
        calls: stored && callsIn(stored),
        callPieces: stored,
      },
      recorded => {
        this.#registers = recorded.registers;
        for (const [filed, piece] of recorded.calls) this.#calls.add(filed, shard.index, piece);
      },
    );
  }

  /** The run halted. Gives how many shards there are. */
  finish(memory: MemorySource, clk: number): number {
    if (this.#broken !== undefined) throw this.#broken;
    const planned = this.#planner.finish(clk, this.#touched);
    for (const one of planned) {
      const { memory: list } = one;
      const states = list && { list, init: memory.initial(list.init), finalize: memory.final(list.finalize) };
      this.#make(one, states);
    }
    return planned.at(-1)!.shard.index + 1;
  }
}

function* callsIn(pieces: readonly TakenCalls<Int32Array>[]): ReturnType<typeof unpackCalls> {
  for (const { words, skip, count } of pieces) yield* unpackCalls(words, skip, count);
}

const copyOf = (chunk: TraceChunk, splice: Splice): TraceChunk =>
  TraceChunk.decode(chunk.slice(splice).encode(), chunk.name);
