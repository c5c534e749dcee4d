// Where a planned run keeps what is made of it.

import type { HashName } from '../../planner/fold/hash.ts';
import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import { ArtefactStore } from '../../planner/store/artefact-store.ts';
import { folderFiles } from '../../planner/store/folder.ts';
import { RunArtefacts, type RunCuts } from '../../planner/store/run-artefacts.ts';
import { Store } from '../../planner/store/store.ts';
import { VERSION } from '../../version.ts';

export interface KeptRun {
  readonly plan: ReadRunPlan;
  /** A folder. */
  readonly store: string;
  readonly hash: HashName;
  readonly cuts: RunCuts;
}

/** Of this thread: writers that share a folder have names of their own. */
export const openStore = (folder: string): Store => new Store(folderFiles(folder), crypto.randomUUID());

export const runArtefacts = ({ plan, store, hash, cuts }: KeptRun): RunArtefacts =>
  new RunArtefacts(new ArtefactStore(openStore(store), hash), plan, VERSION, cuts);
