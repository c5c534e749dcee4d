// What `jit-exec work` was asked for.

import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import type { Arguments } from '../command.ts';
import type { RunRequest } from '../threads/guest/guest-outcome.ts';
import type { KeptRun } from './kept-run.ts';

export interface WorkSetup extends KeptRun {
  readonly args: Arguments;
  readonly run: RunRequest;
  readonly plan: ReadRunPlan;
  readonly arity: number;
  readonly onlyShard: number | undefined;
}
