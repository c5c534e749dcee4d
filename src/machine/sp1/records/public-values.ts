// The public values of a shard, element by element.
// Reference: sp1:crates/hypercube/src/air/public_values.rs, SP1 6.4.0.

import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { HIGH } from '../../../../runtime/layout.ts';
import type { SplicedChunk } from './cut/splice.ts';
import type { Shard } from './shards.ts';

const ELEMENTS = 160;
/** First elements of the fields. */
const AT = {
  previousDigest: 0,
  digest: 32,
  previousDeferred: 64,
  deferred: 72,
  pcStart: 80,
  nextPc: 83,
  previousExitCode: 86,
  exitCode: 87,
  isExecution: 88,
  previousInit: 89,
  lastInit: 92,
  previousFinalize: 95,
  lastFinalize: 98,
  initialTimestamp: 113,
  lastTimestamp: 117,
  isHighEqual: 121,
  inverseHigh: 122,
  isLowEqual: 123,
  inverseLow: 124,
  initCount: 125,
  finalizeCount: 126,
  globalCount: 129,
  previousCommit: 144,
  commit: 145,
  previousCommitDeferred: 146,
  commitDeferred: 147,
  initialInverse: 148,
  lastInverse: 149,
  isFirst: 150,
} as const;
/** Of the global cumulative sum, a point: x and y, seven elements each. */
export const CUMULATIVE_SUM = 130;

const LIMB = 2 ** 16;
const CLK_EPOCH = 2 ** 24;
const WORDS = 8;

/** What of a run is in the public values of its shards. */
export interface RunValues {
  readonly exitCode: number;
  readonly committed: readonly number[];
  readonly deferred: readonly number[];
  /** Whether memory shards are those of production, which say that time has passed. */
  readonly isProduction: boolean;
}

export function runValues(chunks: readonly SplicedChunk[], isProduction: boolean): RunValues {
  const words = (of: (chunk: SplicedChunk) => ReadonlyMap<number, number>): number[] => {
    const all = new Map(chunks.flatMap(chunk => [...of(chunk)]));
    return Array.from({ length: WORDS }, (_, i) => all.get(i) ?? 0);
  };
  return {
    exitCode: chunks.at(-1)?.exitCode ?? 0,
    committed: words(({ committed }) => committed),
    deferred: words(({ deferredDigest }) => deferredDigest),
    isProduction,
  };
}

/** Of all shards in order; elements 130 to 143 are 0. */
export function publicValuesOf(shards: readonly Shard[], run: RunValues): number[][] {
  return valuesAfter({ commits: false, commitsDeferred: false }, shards, run);
}

/** Of the pieces of a core shard, from what it has itself. */
export function valuesOfPieces(pieces: readonly Shard[], whole: readonly number[]): number[][] {
  const word = (i: number): number =>
    [0, 1, 2, 3].reduce((all, byte) => all + whole[AT.digest + 4 * i + byte]! * 2 ** (8 * byte), 0);
  const run = {
    exitCode: whole[AT.exitCode]!,
    committed: Array.from({ length: WORDS }, (_, i) => word(i)),
    deferred: whole.slice(AT.deferred, AT.deferred + WORDS),
    isProduction: true,
  };
  const before = { commits: whole[AT.previousCommit] === 1, commitsDeferred: whole[AT.previousCommitDeferred] === 1 };
  return valuesAfter(before, pieces, run);
}

function valuesAfter(first: Commits, shards: readonly Shard[], run: RunValues): number[][] {
  let before = first;
  return shards.map(shard => {
    const values = new Array<number>(ELEMENTS).fill(0);
    setPlace(values, shard, run);
    if (shard.kind === 'memory') {
      const all = { commits: true, commitsDeferred: true };
      setCommits(values, all, all, run);
      values[AT.previousExitCode] = run.exitCode;
      values[AT.exitCode] = run.exitCode;
    } else if (shard.splice !== undefined) {
      const { commits, commitsDeferred } = shard.splice;
      const after = {
        commits: before.commits || commits,
        commitsDeferred: before.commitsDeferred || commitsDeferred,
      };
      setCommits(values, before, after, run);
      if (shard.pcEnd === 1) values[AT.exitCode] = run.exitCode;
      before = after;
    }
    return values;
  });
}

interface Commits {
  readonly commits: boolean;
  readonly commitsDeferred: boolean;
}

function setCommits(values: number[], before: Commits, after: Commits, { committed, deferred }: RunValues): void {
  const bytes = committed.flatMap(word => [0, 8, 16, 24].map(shift => (word >>> shift) & 255));
  const set = (at: number, elements: readonly number[], isSet: boolean): void => {
    for (const [i, element] of elements.entries()) values[at + i] = isSet ? element : 0;
  };
  set(AT.previousDigest, bytes, before.commits);
  set(AT.digest, bytes, after.commits);
  set(AT.previousDeferred, deferred, before.commitsDeferred);
  set(AT.deferred, deferred, after.commitsDeferred);
  set(AT.previousCommit, [1], before.commits);
  set(AT.commit, [1], after.commits);
  set(AT.previousCommitDeferred, [1], before.commitsDeferred);
  set(AT.commitDeferred, [1], after.commitsDeferred);
}

function setPlace(values: number[], shard: Shard, { isProduction }: RunValues): void {
  const { kind, pcStart, pcEnd, clkStart, clkEnd, init, finalize } = shard;
  const set = (at: number, elements: readonly number[]): void => {
    for (const [i, element] of elements.entries()) values[at + i] = element;
  };
  set(AT.pcStart, limbs(pcStart));
  set(AT.nextPc, limbs(pcEnd));
  set(AT.isExecution, [kind === 'core' ? 1 : 0]);
  set(AT.previousInit, limbs(init.previous));
  set(AT.lastInit, limbs(init.last));
  set(AT.previousFinalize, limbs(finalize.previous));
  set(AT.lastFinalize, limbs(finalize.last));
  set(AT.initialTimestamp, timestamp(clkStart));
  set(AT.lastTimestamp, timestamp(clkEnd));
  const [high, low] = [highOf(clkEnd) - highOf(clkStart), (clkEnd % CLK_EPOCH) - (clkStart % CLK_EPOCH)];
  set(AT.isHighEqual, [high === 0 ? 1 : 0, inverse(high), low === 0 ? 1 : 0, inverse(low)]);
  set(AT.initCount, [init.count, finalize.count]);
  set(AT.globalCount, [shard.chips.find(({ name }) => name === 'Global')!.realRows]);
  if (kind === 'core' || (kind === 'memory' && isProduction)) {
    set(AT.initialInverse, [timeInverse(clkStart), timeInverse(clkEnd)]);
  }
  set(AT.isFirst, [kind === 'core' && clkStart === 1 ? 1 : 0]);
}

const limbs = (value: number): number[] => [0, 1, 2].map(i => Math.floor(value / LIMB ** i) % LIMB);
const highOf = (clk: number): number => Math.floor(clk / CLK_EPOCH);
const timestamp = (clk: number): number[] => [
  Math.floor(clk / HIGH),
  highOf(clk) % 256,
  Math.floor(clk / LIMB) % 256,
  clk % LIMB,
];
const inverse = (value: number): number => (value === 0 ? 0 : koalaBear.inverse(koalaBear.of(value)));
const timeInverse = (clk: number): number => inverse(highOf(clk) + (clk % CLK_EPOCH) - 1);
