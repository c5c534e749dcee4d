// Makes the artefact of a shard from its job, within a limit of memory; a core shard that is over it can be cut in two.

import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { hexOf } from '../../../../runtime/hex.ts';
import type { HashName } from '../../../planner/fold/hash.ts';
import type { Artefact } from '../../../planner/store/artefact.ts';
import { ChipModules } from '../../../tracegen/fill.ts';
import { CLK_PER_ECALL } from '../abi.ts';
import { ShardMaker } from '../pipeline/maker.ts';
import type { FilledShard } from '../pipeline/sink.ts';
import { memoryClaim } from '../profile/memory-claims.ts';
import type { ShardThresholds } from '../records/cut/shape.ts';
import { Splicer } from '../records/cut/splicer.ts';
import { unpackCalls } from '../records/packed-calls.ts';
import { valuesOfPieces } from '../records/public-values.ts';
import { cellsOfShard, coreShard } from '../records/shards.ts';
import type { PortableJob } from './portable-job.ts';

/** Bytes of columns at a time; a chip that is larger comes alone. */
const WAVE_BYTES = 64 * 2 ** 20;

export interface JobMakerOptions {
  readonly hash: HashName;
  /** SHA-256 over canonical u32, row by row. */
  readonly digestOf: (columns: Columns) => Uint8Array;
}

export class JobMaker {
  readonly #program: Program;
  readonly #hash: HashName;
  readonly #maker: ShardMaker;

  constructor(program: Program, { hash, digestOf }: JobMakerOptions) {
    this.#program = program;
    this.#hash = hash;
    this.#maker = new ShardMaker(
      program,
      {
        isWhole: false,
        chip: (columns, _place, result) => result.set(digestOf(columns)),
        end: filled => this.#artefactOf(filled),
      },
      { seats: 1, waveBytes: WAVE_BYTES, modules: new ChipModules() },
    );
  }

  /** Bytes that the last shard took. */
  get peakBytes(): number {
    return this.#maker.place.peak;
  }

  /** @throws PlaceFull where it takes more than `limit` bytes, ELF_UNSUPPORTED for a shard that SP1 can make no trace of. */
  make({ shard, values, chunk, calls, memory, registers }: PortableJob, limit: number): Artefact {
    this.#maker.place.limit = limit;
    const piece = chunk && { entriesBefore: 0, entriesEnd: chunk.numMemReads };
    const taken = calls && unpackCalls(calls.words, 0, calls.count);
    return this.#maker.make({
      shard,
      values,
      isWanted: true,
      chunk,
      piece,
      calls: taken,
      memory,
      registers,
    }) as Artefact;
  }

  #artefactOf({ shard, unprovable, results, events }: FilledShard): Artefact {
    const { index, kind, clkStart, clkEnd, pcStart, pcEnd } = shard;
    if (unprovable !== undefined)
      throw new JitExecError('ELF_UNSUPPORTED', `work: shard ${index} cannot be proved: ${unprovable.reason}`);
    const chips = shard.chips.map(({ name, rows, realRows }, i) => ({
      ...{ name, rows, realRows },
      sha256: hexOf(results[i]!.subarray(0, 32)),
    }));
    const facts = { index, kind, clkStart, clkEnd, pcStart, pcEnd, cells: cellsOfShard(shard), chips };
    return { facts, claim: memoryClaim(events, this.#hash) };
  }

  /** The job of a core shard as two, each of half its cycles or nearly so; undefined where it cannot be cut. */
  split({ shard, values, chunk, ...rest }: PortableJob, thresholds: ShardThresholds): PortableJob[] | undefined {
    if (chunk === undefined) return undefined;
    const middle = Math.floor((shard.clkEnd - shard.clkStart) / 2 / CLK_PER_INSTRUCTION) * CLK_PER_INSTRUCTION;
    // A system call takes more of the clock, and no shard begins within one.
    for (let later = 0; later <= CLK_PER_ECALL; later += CLK_PER_INSTRUCTION) {
      const cut = shard.clkStart + middle + later;
      if (middle === 0 || cut >= shard.clkEnd) return undefined;
      const { splices } = new Splicer(this.#program, { ...thresholds, cuts: [cut] }).splice(chunk);
      if (splices.length < 2) continue;
      const shards = splices.map(splice => coreShard(splice, 0, shard.index, this.#program));
      const own = valuesOfPieces(shards, values);
      return shards.map((piece, i) => ({ ...rest, shard: piece, values: own[i]!, chunk: chunk.slice(piece.splice!) }));
    }
    return undefined;
  }
}
