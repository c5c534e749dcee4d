// Folds the artefacts of a run on threads, each fold when its children are there.

import type { JobSpec } from '../../planner/work/job-spec.ts';
import { VERSION } from '../../version.ts';
import type { MadeJob } from './job-pool.ts';
import { runArtefacts } from './kept-run.ts';
import type { WorkSetup } from './work-setup.ts';

export async function foldStored(
  setup: WorkSetup,
  pool: { readonly add: (spec: JobSpec) => Promise<MadeJob> },
): Promise<void> {
  const artefacts = runArtefacts(setup);
  const made = new Map<string, Promise<MadeJob>>();
  for (const { key, children } of artefacts.folds(artefacts.record()!, setup.arity)) {
    const spec = { kind: 'fold', key, children, hash: setup.hash, version: VERSION } as const;
    const ready = Promise.all(children.map(child => made.get(child)));
    made.set(
      key,
      ready.then(() => pool.add(spec)),
    );
  }
  await Promise.all(made.values());
}
