// A run of which all is in the store: it is folded, and not run at all.

import { JitExecError } from '../../../runtime/errors.ts';
import { runArtefacts } from './kept-run.ts';
import { finishWork, type WorkedShard } from './work-report.ts';
import type { WorkSetup } from './work-setup.ts';

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
  try {
    for (const { key, children } of artefacts.folds(record, setup.arity))
      if (artefacts.kept.facts(key) === undefined) artefacts.kept.fold(key, children);
  } catch (error) {
    // One of them is not what it says: it is made anew.
    if (error instanceof JitExecError && error.code === 'STORE_INVALID') return undefined;
    throw error;
  }
  return finishWork(setup, shards);
}
