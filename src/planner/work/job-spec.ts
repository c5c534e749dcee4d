// A job as it is told to whoever does it: keys of a store, and what must be known before they are read.

import type { HashName } from '../fold/hash.ts';
import type { RunCuts } from '../store/run-artefacts.ts';

/** What titles of jobs in a store begin with: they go when their run is done, or with `gc`. */
export const JOB_TITLE = 'job of';

interface Spec {
  /** Of the artefact that it makes. */
  readonly key: string;
  readonly hash: HashName;
  /** Of the program that makes artefacts. */
  readonly version: string;
}

/** A shard of what is under the key `job`, of the executable under the key `program`. */
export interface ShardSpec extends Spec {
  readonly kind: 'shard';
  readonly job: string;
  readonly program: string;
  readonly cuts: RunCuts;
  readonly cells: number;
  /** Memory that it is expected to take. */
  readonly bytes: number;
}

/** The fold of what is under the keys `children`. */
export interface FoldSpec extends Spec {
  readonly kind: 'fold';
  readonly children: readonly string[];
}

export type JobSpec = ShardSpec | FoldSpec;

/** What came of a job. */
export type JobOutcome =
  | {
      readonly kind: 'made';
      /** It was there already. */
      readonly isReused: boolean;
      readonly cells: number;
      /** 0 of a fold, and of what was there. */
      readonly peakBytes: number;
      readonly seconds: number;
      /** More than one where the shard was cut, because it took more memory than there is. */
      readonly pieces: number;
    }
  | { readonly kind: 'exceeded'; readonly needBytes: number };
