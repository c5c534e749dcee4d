// Does jobs from a store: makes a shard's artefact, in pieces where it must be, or folds.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { Artefact } from '../../../planner/store/artefact.ts';
import { ArtefactStore } from '../../../planner/store/artefact-store.ts';
import { foldOf } from '../../../planner/store/fold-run.ts';
import { type Store, storeInvalid } from '../../../planner/store/store.ts';
import type { FoldSpec, JobOutcome, JobSpec, ShardSpec } from '../../../planner/work/job-spec.ts';
import { PlaceFull } from '../../../tracegen/threads/place.ts';
import { loadGuest } from '../../guest.ts';
import { JobMaker, type JobMakerOptions } from './job-maker.ts';
import { type PortableJob, readJob } from './portable-job.ts';

export interface Allowance {
  readonly limitBytes: number;
  /** A shard that takes more is cut, because there is no more for it. */
  readonly isMost: boolean;
}

export class JobDoer {
  readonly #store: Store;
  readonly #version: string;
  readonly #digestOf: JobMakerOptions['digestOf'];
  readonly #now: () => number;
  /** Of the program that shards were made of last: its memory is kept. */
  #maker: { readonly id: string; readonly maker: JobMaker } | undefined;

  /** `now`: seconds by any clock. */
  constructor(store: Store, version: string, digestOf: JobMakerOptions['digestOf'], now: () => number) {
    this.#store = store;
    this.#version = version;
    this.#digestOf = digestOf;
    this.#now = now;
  }

  /** @throws JitExecError where it cannot be done here. */
  do(spec: JobSpec, allowance: Allowance): JobOutcome {
    if (spec.version !== this.#version)
      throw new JitExecError(
        'PLAN_INVALID',
        `work: expected jobs of version ${this.#version}, got one of version ${spec.version}`,
      );
    const kept = new ArtefactStore(this.#store, spec.hash);
    return spec.kind === 'fold' ? this.#fold(spec, kept) : this.#shard(spec, kept, allowance);
  }

  #fold({ key, children }: FoldSpec, kept: ArtefactStore): JobOutcome {
    const start = this.#now();
    const there = kept.facts(key);
    const isReused = there !== undefined;
    const facts = there ?? kept.fold(key, children).facts;
    return { kind: 'made', isReused, cells: facts.cells, peakBytes: 0, seconds: this.#now() - start, pieces: 1 };
  }

  #shard(spec: ShardSpec, kept: ArtefactStore, allowance: Allowance): JobOutcome {
    const start = this.#now();
    const there = kept.facts(spec.key);
    if (there !== undefined)
      return { kind: 'made', isReused: true, cells: there.cells, peakBytes: 0, seconds: 0, pieces: 1 };
    const bytes = this.#store.get(spec.job);
    if (bytes === undefined) throw storeInvalid(`the job ${spec.job.slice(0, 16)} is not there`);
    const maker = this.#makerOf(spec);
    const made = { peakBytes: 0, pieces: 0 };
    try {
      const job = readJob(bytes, spec.job.slice(0, 16));
      kept.put(spec.key, this.#make({ maker, spec, allowance, made }, job));
    } catch (error) {
      if (!(error instanceof PlaceFull)) throw error;
      return { kind: 'exceeded', needBytes: error.needBytes };
    }
    return { kind: 'made', isReused: false, cells: spec.cells, seconds: this.#now() - start, ...made };
  }

  /** The shard, or a fold of its pieces. */
  #make(making: Making, job: PortableJob): Artefact {
    const { maker, spec, allowance, made } = making;
    try {
      const artefact = maker.make(job, allowance.limitBytes);
      made.peakBytes = Math.max(made.peakBytes, maker.peakBytes);
      made.pieces++;
      return artefact;
    } catch (error) {
      if (!(error instanceof PlaceFull) || !allowance.isMost) throw error;
      const pieces = maker.split(job, spec.cuts);
      if (pieces === undefined) throw error;
      return foldOf(
        pieces.map(piece => this.#make(making, piece)),
        spec.hash,
      );
    }
  }

  #makerOf({ program, hash }: ShardSpec): JobMaker {
    const id = `${program} ${hash}`;
    if (this.#maker?.id === id) return this.#maker.maker;
    const bytes = this.#store.get(program);
    if (bytes === undefined) throw storeInvalid(`the program ${program.slice(0, 16)} is not there`);
    const { program: loaded } = loadGuest(bytes, program.slice(0, 16), 'sp1');
    const maker = new JobMaker(loaded, { hash, digestOf: this.#digestOf });
    this.#maker = { id, maker };
    return maker;
  }
}

interface Making {
  readonly maker: JobMaker;
  readonly spec: ShardSpec;
  readonly allowance: Allowance;
  readonly made: { peakBytes: number; pieces: number };
}
