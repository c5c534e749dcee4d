// The engine whose proofs OpenVM 1.4 accepts.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { sameDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { PlainColumns } from '../../../proof/prover/backend.ts';
import { LaneBackend } from '../../../proof/prover/lanes/backend.ts';
import { type ProverCrew, SoleCrew } from '../../../proof/prover/lanes/crew.ts';
import type { ExtendedMatrix, LaneMatrix } from '../../../proof/prover/lanes/matrices.ts';
import type { LaneCommitment } from '../../../proof/prover/lanes/trees.ts';
import { type Cached, type ProveOptions, type ProvingKey, proveAirs } from '../../../proof/prover/prove.ts';
import type { VerifyingKey } from '../../../proof/stark/key.ts';
import { APP_PARAMETERS, type FriParameters, type Proof } from '../../../proof/stark/proof.ts';
import { verifyProof } from '../../../proof/stark/verify.ts';
import type { Failure } from '../../../tracegen/failures.ts';
import { AIR_ID } from '../airs.ts';
import { programTrace } from '../commitments.ts';
import { fixedColumns, openVmFiller } from '../traces/segment-traces.ts';
import { CheckEngine, type FixedProgram } from './check-engine.ts';
import type { ProofEngine, ProvingContext } from './engine.ts';

type CachedColumns = Cached<LaneMatrix, LaneCommitment<ExtendedMatrix>>;

/** With its matrix in the prover's memory. */
export interface StarkProgram extends FixedProgram {
  readonly cached: CachedColumns;
}

export interface StarkEngineOptions extends ProveOptions {
  /** Who computes: without, this thread alone. */
  readonly crew?: ProverCrew;
  /** Of the prover's memory, below 4 GiB. */
  readonly maxBytes?: number;
}

export interface ThreadedEngineOptions extends Omit<StarkEngineOptions, 'crew'> {
  /** Threads that compute, the one that asks among them: 1 to 64. */
  readonly workers: number;
}

type Threads = typeof import('../../../proof/prover/lanes/threads.node.ts');

export class StarkEngine implements ProofEngine<StarkProgram, Proof, VerifyingKey> {
  readonly kind = 'stark' as const;
  readonly #key: VerifyingKey;
  readonly #parameters: FriParameters;
  readonly #options: ProveOptions;
  readonly #crew: ProverCrew;
  readonly #backend: LaneBackend;
  readonly #checker = new CheckEngine();
  #proving: ProvingKey<LaneMatrix, LaneCommitment<ExtendedMatrix>> | undefined;

  /** `key`: of the RV32IM machine of OpenVM 1.4. */
  constructor(key: VerifyingKey, { crew = new SoleCrew(), maxBytes, ...options }: StarkEngineOptions = {}) {
    this.#key = key;
    this.#parameters = options.parameters ?? APP_PARAMETERS;
    this.#options = options;
    this.#crew = crew;
    this.#backend = new LaneBackend(crew, key, maxBytes);
  }

  /** With threads of its own, until `end`. Of Node: a page has one. @throws USAGE for a number of threads that cannot be */
  static async onThreads(key: VerifyingKey, { workers, ...options }: ThreadedEngineOptions): Promise<StarkEngine> {
    // By a name that no bundler for pages follows.
    const url = new URL('../../../proof/prover/lanes/threads.node.js', import.meta.url).href;
    const { ThreadCrew }: Threads = await import(/* @vite-ignore */ url);
    return new StarkEngine(key, { ...options, crew: new ThreadCrew(workers) });
  }

  /** Ends its threads: nothing is proved afterwards. */
  end(): void {
    this.#crew.end();
  }

  /** The most bytes that proofs took at once. */
  get peakBytes(): number {
    return this.#backend.arena.peak;
  }

  keygen(): VerifyingKey {
    return this.#key;
  }

  commit(program: Program): StarkProgram {
    const rows = programTrace(program);
    const fixed = fixedColumns(openVmFiller(), rows);
    const cached = this.#commitTo(fixed.get('Program')!);
    return { commitment: cached.commitment.root, rows, fixed, cached };
  }

  /** Commits to the preprocessed columns as well, the first time. @throws PROOF_INVALID where the key is of other ones */
  prove({ program, airs }: ProvingContext<StarkProgram>): Proof {
    this.#proving ??= this.#provingKey(program.fixed);
    const mark = this.#backend.arena.mark;
    const inputs = airs.map(({ airId, publicValues, columns }) => ({
      airId,
      publicValues,
      cached: airId === AIR_ID.Program ? [program.cached] : [],
      common: plainColumns(columns),
    }));
    try {
      return proveAirs(this.#backend, this.#proving, inputs, { ...this.#options, parameters: this.#parameters });
    } finally {
      this.#backend.release(mark);
    }
  }

  verify(proof: Proof): void {
    verifyProof(this.#key, proof, this.#parameters);
  }

  debug(context: ProvingContext<StarkProgram>): readonly Failure[] {
    return this.#checker.debug(context);
  }

  #provingKey(fixed: ReadonlyMap<string, Columns>): ProvingKey<LaneMatrix, LaneCommitment<ExtendedMatrix>> {
    const preprocessed = new Map<number, CachedColumns>();
    for (const [airId, { preprocessed: expected, name }] of this.#key.airs.entries()) {
      if (expected === undefined) continue;
      const columns = fixed.get(OPENVM_CHIPS[airId]?.name ?? '');
      const made = columns && this.#commitTo(columns);
      if (made === undefined || !sameDigest(made.commitment.root, expected.commitment))
        throw new JitExecError(
          'PROOF_INVALID',
          `key: the preprocessed columns of ${name} are not those of this machine`,
        );
      preprocessed.set(airId, made);
    }
    return { verifying: this.#key, preprocessed };
  }

  #commitTo(columns: Columns): CachedColumns {
    const matrix = this.#backend.matrix(plainColumns(columns));
    return { matrix, commitment: this.#backend.commit([matrix]) };
  }
}

const plainColumns = ({ rows, width, stride, data }: Columns): PlainColumns => ({
  rows,
  columns: Array.from({ length: width }, (_, i) => data.subarray(i * stride, i * stride + rows)),
});
