// What a chunk is cut into, and what besides is known of it from the cutting.

import type { ChipName } from '../chips.ts';

/** A core shard before it is traced: what of a chunk it is. */
export interface Splice {
  readonly registers: BigUint64Array;
  readonly pcStart: number;
  readonly pcEnd: number;
  readonly clkStart: number;
  readonly clkEnd: number;
  /** Entries of the chunk before it, and up to its end. */
  readonly entriesBefore: number;
  readonly entriesEnd: number;
  readonly instructions: number;
  /** Real rows by chip, those of Program, Byte and Range left out. */
  readonly rows: ReadonlyMap<ChipName, number>;
  /** The first access that SP1 has no row for. */
  readonly unprovable: { readonly pc: number; readonly address: number } | undefined;
  /** Whether a COMMIT, or a COMMIT_DEFERRED_PROOFS, is in it. */
  readonly commits: boolean;
  readonly commitsDeferred: boolean;
  /** Calls whose rows are in it, by the code under which they are filed. */
  readonly retained: ReadonlyMap<number, number>;
}

/** A precompile call whose rows are in a shard of their own. */
export interface DeferredCall {
  readonly code: number;
  readonly clk: number;
  /** Distinct doublewords. */
  readonly touched: number;
}

/** A piece of memory that an input was stored in. */
export interface Hint {
  readonly address: number;
  readonly bytes: number;
}

/** What a chunk makes of shards. */
export interface SplicedChunk {
  readonly splices: readonly Splice[];
  readonly deferred: readonly DeferredCall[];
  readonly hints: readonly Hint[];
  /** Addresses of doublewords that were accessed: by loads and stores, and by precompiles. */
  readonly touched: Float64Array;
  /** Registers of the last shard that were accessed, as bits; all where more shards follow. */
  readonly accessed: number;
  readonly exitCode: number | undefined;
  /** Digest words that COMMIT and COMMIT_DEFERRED_PROOFS set, by index. */
  readonly committed: ReadonlyMap<number, number>;
  readonly deferredDigest: ReadonlyMap<number, number>;
}
