// `jit-exec work`: runs a plan, keeps an artefact of each shard in a store, folds them and says whether the run's memory is closed.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { HashName } from '../../../planner/fold/hash.ts';
import type { ReadRunPlan } from '../../../planner/run/plan-file.ts';
import type { Arguments } from '../../command.ts';
import { readBytes, readInputs } from '../../input.ts';
import { writeAll } from '../../output.ts';
import { statusOf } from '../../status.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { runGuest } from '../../threads/guest/guest-thread.ts';
import { RUN_WORKER } from '../../threads/guest/guest-worker.ts';
import { makeStopWords } from '../../threads/guest/stop-words.ts';
import { makeStored } from '../../work/make-stored.ts';
import { readyRun } from '../../work/ready-run.ts';
import type { WorkSetup } from '../../work/work-setup.ts';
import { explain, runJsonLine, runOptions } from '../run/run.ts';
import { summaryLine } from '../run/run-report.ts';
import { planOf } from '../trace/trace-plan.ts';

export async function work(args: Arguments): Promise<number> {
  const run = {
    bytes: readBytes(args.program),
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: 2,
  } as const;
  const plan = planOf(args.plan as string, run, args);
  checkOnlyShard(args, plan);
  if (args.execute === true) return executeOnly(args, run);
  if (typeof args.store !== 'string') throw new JitExecError('USAGE', 'work: where are artefacts kept? (--store DIR)');
  const setup: WorkSetup = {
    ...{ args, run, plan, store: args.store, hash: args.hash as HashName },
    cuts: { elements: args['element-threshold'] as number, height: args['height-threshold'] as number },
    arity: args['agg-arity'] as number,
    onlyShard: args['only-shard'] as number | undefined,
  };
  const done = readyRun(setup);
  if (done !== undefined) return done;
  if (args.queue === undefined) return makeStored(setup);
  const { makeOnQueue } = await import('../../work/make-on-queue.ts');
  return makeOnQueue(setup, args.queue as string);
}

function checkOnlyShard(args: Arguments, { shards }: ReadRunPlan): void {
  const only = args['only-shard'] as number | undefined;
  const isPartial = only !== undefined || args.execute === true;
  if (isPartial && args['require-closed'] === true)
    throw new JitExecError('USAGE', '--require-closed: a run is closed or not when all its shards are made');
  if (only === undefined || only < shards.length) return;
  throw new JitExecError('USAGE', `--only-shard: expected a shard of the plan, below ${shards.length}, got ${only}`);
}

/** The run, and nothing kept. */
async function executeOnly(args: Arguments, request: WorkSetup['run']): Promise<number> {
  const { result } = await runGuest(RUN_WORKER, request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: () => `running ${args.program}`,
  });
  if (args.json) writeAll(1, runJsonLine(result, request));
  explain(result, request, args, summaryLine(result));
  return statusOf(result.exit);
}
