// Takes the place of the maker of shards: hands out what each is made of, and records only what other shards need.

import type { Program } from '../../../../codegen/program/program.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { ChipModules } from '../../../tracegen/fill.ts';
import { HALT_PC } from '../abi.ts';
import type { InPlaceMaker } from '../pipeline/in-place.ts';
import { type CoreRecords, type ShardJob, ShardMaker } from '../pipeline/maker.ts';
import type { TakenCalls } from '../pipeline/memory/call-store.ts';
import { wordsOfCalls } from '../records/packed-calls.ts';
import type { Shard } from '../records/shards.ts';
import type { PortableJob } from './portable-job.ts';

export class JobEmitter implements InPlaceMaker {
  readonly #program: Program;
  readonly #emit: (job: PortableJob) => void;
  /** Its memory is taken when a shard is recorded for others. */
  #recorder: ShardMaker | undefined;

  constructor(program: Program, emit: (job: PortableJob) => void) {
    this.#program = program;
    this.#emit = emit;
  }

  make(job: Parameters<InPlaceMaker['make']>[0], onRecorded: (recorded: CoreRecords) => void): void {
    if (isNeededByOthers(job.shard)) this.#maker.make({ ...job, isWanted: false }, onRecorded);
    if (!job.isWanted) return;
    const { shard, values, memory, callPieces } = job;
    this.#emit({
      shard,
      values,
      chunk: pieceOf(job),
      calls: callPieces && { words: joined(callPieces), count: shard.calls!.length },
      memory,
      registers: memory === undefined ? [] : job.registers!,
    });
  }

  get #maker(): ShardMaker {
    const sink = { isWhole: true, end: () => undefined };
    const options = { seats: 1, waveBytes: Number.POSITIVE_INFINITY, modules: new ChipModules() };
    this.#recorder ??= new ShardMaker(this.#program, sink, options);
    return this.#recorder;
  }
}

/** Calls with shards of their own, or the registers at the end. */
const isNeededByOthers = ({ splice, pcEnd }: Shard): boolean =>
  splice !== undefined && ((splice.rows.get('SyscallCore') ?? 0) > 0 || pcEnd === HALT_PC);

function pieceOf({ shard: { splice }, chunk, piece }: ShardJob): TraceChunk | undefined {
  return splice === undefined || piece !== undefined ? chunk : chunk!.slice(splice);
}

function joined(pieces: readonly TakenCalls<Int32Array>[]): Int32Array {
  const parts = pieces.map(({ words, skip, count }) => wordsOfCalls(words, skip, count));
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
