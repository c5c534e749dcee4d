// What the segments of a run must agree on, as far as their public values tell.

import { MemoryTree } from '../../../../runtime/openvm/memory-tree.ts';
import { loadGuest } from '../../../machine/guest.ts';
import { hashFast } from '../../../machine/openvm/permutation.ts';
import { initialState } from '../../../machine/openvm/preflight/state.ts';
import { verifyPublicValues } from '../../../proof/openvm/public-values.ts';
import { joinSegments, type SegmentProof } from '../../../proof/openvm/segments.ts';
import { ProofRejected } from '../../../proof/stark/rejection.ts';
import { type Failure, FailureList } from '../../../tracegen/failures.ts';
import type { SegmentIndex } from './index-file.ts';
import type { ReportedSegment } from './report.ts';

export interface SegmentsChecked {
  readonly segments: number;
  /** Some of them in full. */
  readonly failures: readonly Failure[];
  readonly failureCount: number;
  /** Whether all segments of the run were there, so that what they tell each other could be compared. */
  readonly isWhole: boolean;
  /** Of files: whether where and why segments were cut was compared with another run, for which its inputs are needed. */
  readonly comparesCuts?: boolean;
}

type Chained = Pick<
  SegmentIndex,
  'segments' | 'exit' | 'cuts' | 'segmentsComplete' | 'publicValues' | 'publicValuesProof'
>;

/** Adds what segments do not agree on to what was found of each. */
export function checkChain(
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
  index: Chained,
  found: readonly Failure[],
  count: number,
): SegmentsChecked {
  const failures = new FailureList();
  for (const one of found) failures.add(one);
  failures.uncounted(count - found.length);
  const isWhole = index.segmentsComplete && index.cuts.onlySegment === undefined;
  if (isWhole) new Chain(index, failures).check(bytes, name);
  return { segments: index.segments.length, failures: failures.list, failureCount: failures.count, isWhole };
}

class Chain {
  readonly #index: Chained;
  readonly #failures: FailureList;

  constructor(index: Chained, failures: FailureList) {
    this.#index = index;
    this.#failures = failures;
  }

  #fails(rule: string, ...values: (string | number)[]): void {
    this.#failures.add({ columns: [], rule, values });
  }

  check(bytes: Uint8Array, name: string): void {
    const { segments, publicValuesProof, publicValues } = this.#index;
    const [first] = segments;
    if (first === undefined) {
      this.#fails('the run has segments', 0);
      return;
    }
    hashFast();
    const { program } = loadGuest(bytes, name, 'openvm');
    const root = MemoryTree.of(
      initialState(program, { inputs: [], keyValues: [], stdout: () => undefined }).memory,
    ).root;
    if (String(first.initialRoot) !== String(root))
      this.#fails('the run begins with the memory of the program', String(first.initialRoot));
    if (Number(first.pcStart) !== program.entry)
      this.#fails('the run begins at the entry of the program', first.pcStart!);
    this.#sameInstructions();
    this.#asProofs(() => {
      const { finalMemoryRoot } = joinSegments(
        segments.map(one => this.#proofOf(one)),
        () => undefined,
      );
      if (publicValuesProof === undefined) {
        this.#fails('the public values are proved', 'nothing');
        return;
      }
      verifyPublicValues(publicValuesProof, finalMemoryRoot);
      const proved = Buffer.from(publicValuesProof.publicValues).toString('hex');
      if (proved !== publicValues) this.#fails('the public values are those of the memory', publicValues);
    });
  }

  #sameInstructions(): void {
    let start = 0;
    for (const { index, instretStart, instructions } of this.#index.segments) {
      if (instretStart !== start) this.#fails(`segment ${index} begins after ${start} instructions`, instretStart);
      start += instructions;
    }
  }

  #asProofs(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ProofRejected)) throw error;
      this.#fails(`the segments are accepted as one run: ${error.message}`);
    }
  }

  /** What the walk over proofs reads of it. A program that ends with another code than 0 has no proof, but a trace. */
  #proofOf({ airs }: ReportedSegment): SegmentProof {
    const { exit } = this.#index;
    const perAir = airs!.map(({ id, name, publicValues }) => {
      const [from, to, code, isLast] = publicValues;
      const isEnd = name === 'Connector' && isLast === 1 && code === exit.code;
      return { airId: id, publicValues: isEnd ? [from!, to!, 0, isLast!] : publicValues };
    });
    return { perAir, mainCommitments: [[]] } as unknown as SegmentProof;
  }
}
