// What `jit-exec work` says: shards, predicted against measured, what was reused, and whether memory is closed.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import { loadGuest } from '../../machine/guest.ts';
import { imageMemory } from '../../machine/sp1/profile/image-memory.ts';
import type { ShardFacts } from '../../planner/store/artefact.ts';
import { closureOf, type FoldedRun } from '../../planner/store/fold-run.ts';
import { storeInvalid } from '../../planner/store/store.ts';
import { VERSION } from '../../version.ts';
import { jsonLine, printable, writeAll } from '../output.ts';
import { runArtefacts } from './kept-run.ts';
import type { WorkSetup } from './work-setup.ts';

export interface WorkedShard {
  readonly index: number;
  readonly kind: ShardFacts['kind'];
  readonly cells: number;
  readonly clkStart?: number | undefined;
  readonly clkEnd?: number | undefined;
  readonly isReused: boolean;
  /** More than one where it was cut, because it took more memory than there was. */
  readonly pieces: number;
  readonly predictedBytes?: number;
  readonly peakBytes?: number;
  readonly seconds?: number;
}

/** Reads the root of the folds, tells what came of the run and gives the status. @throws NOT_CLOSED. */
export function finishWork(setup: WorkSetup, shards: readonly WorkedShard[]): number {
  const folded = setup.onlyShard === undefined ? rootOf(setup) : undefined;
  const { args, plan, hash } = setup;
  const reused = shards.filter(({ isReused }) => isReused).length;
  const isClosed = folded?.outstanding.size === 0;
  const peaks = shards.map(({ peakBytes = 0 }) => peakBytes);
  const report = {
    schema: 1,
    version: VERSION,
    kind: 'work',
    shards: shards.map(shard => ({
      ...shard,
      predictedCells: shard.kind === 'core' ? plan.shards[shard.index]?.cells : undefined,
    })),
    made: shards.length - reused,
    reused,
    cut: shards.filter(({ pieces }) => pieces > 1).length,
    peakShardBytes: Math.max(0, ...peaks),
    peakBytes: 1024 * process.resourceUsage().maxRSS,
    folds: folded?.folds,
    closed: folded && isClosed,
    outstanding: folded?.outstanding.size,
    root: folded && {
      hash,
      subjects: hexOf(folded.claim.subjectRoot),
      assumptions: hexOf(folded.claim.assumptionRoot),
    },
  };
  const closure =
    folded === undefined
      ? 'not folded'
      : isClosed
        ? 'unconditional: all that shards found in memory was left there by others or by the image'
        : `${folded.outstanding.size} memory tuples that nobody vouches for`;
  writeAll(1, args.json ? jsonLine(report) : printable(`${memoryLines(shards)}${linesOf(report, closure)}`));
  if (folded === undefined || isClosed) return 0;
  throw new JitExecError('NOT_CLOSED', `work: ${closure}`);
}

const linesOf = (
  {
    shards,
    reused,
    folds = 0,
  }: { readonly shards: readonly unknown[]; readonly reused: number; readonly folds?: number | undefined },
  closure: string,
): string => `${shards.length} shards, ${reused} of them from the store; ${folds} folds; ${closure}\n`;

/** Of what was made: memory predicted and measured. */
function memoryLines(shards: readonly WorkedShard[]): string {
  const made = shards.filter(({ peakBytes = 0 }) => peakBytes > 0);
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return made
    .map(({ index, kind, cells, predictedBytes = 0, peakBytes = 0, seconds = 0, pieces }) => {
      const cut = pieces === 1 ? '' : `, cut into ${pieces} for it`;
      return `shard ${index} (${kind}): ${cells} cells, ${mib(predictedBytes)} predicted, ${mib(peakBytes)} taken${cut}, ${seconds.toFixed(2)} s\n`;
    })
    .join('');
}

function rootOf(setup: WorkSetup): FoldedRun {
  const artefacts = runArtefacts(setup);
  const record = artefacts.record();
  const folds = record && artefacts.folds(record, setup.arity);
  const root = folds && artefacts.kept.stored(folds.at(-1)!.key);
  if (root === undefined || folds === undefined)
    throw storeInvalid(`artefacts that were just written are not there in ${setup.store}`);
  const { elf } = loadGuest(setup.run.bytes, setup.run.name, 'sp1');
  return closureOf(root, imageMemory(elf), folds.length);
}
