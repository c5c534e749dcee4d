// What `jit-exec work` was asked for, and a run of which all is there already.

import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import type { Arguments } from '../command.ts';
import type { RunRequest } from '../threads/guest-outcome.ts';
import { type KeptRun, runArtefacts } from './kept-run.ts';
import { finish, type WorkedShard } from './work-report.ts';

export interface WorkSetup extends KeptRun {
  readonly args: Arguments;
  readonly run: RunRequest;
  readonly plan: ReadRunPlan;
  readonly arity: number;
  readonly onlyShard: number | undefined;
}

/** Folds what is there and gives the status; undefined where shards are missing. */
export function readyRun(setup: WorkSetup): number | undefined {
  const artefacts = runArtefacts(setup);
  const record = setup.onlyShard === undefined ? artefacts.record() : undefined;
  if (record === undefined) return undefined;
  const shards: WorkedShard[] = [];
  for (const { index, kind, key } of record.shards) {
    const facts = artefacts.kept.facts(key);
    if (facts === undefined) return undefined;
    const { cells } = facts;
    const [span, pieces] = facts.kind === 'fold' ? [facts.span, facts.shards] : [facts, 1];
    shards.push({ index, kind, cells, clkStart: span?.clkStart, clkEnd: span?.clkEnd, isReused: true, pieces });
  }
  for (const { key, children } of artefacts.folds(record, setup.arity))
    if (artefacts.kept.facts(key) === undefined) artefacts.kept.fold(key, children);
  return finish(setup, shards);
}
