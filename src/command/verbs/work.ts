// `jit-exec work`: runs a plan, keeps an artefact of each shard in a store, folds them and says whether the run's memory is closed.

import { JitExecError } from '../../../runtime/errors.ts';
import { loadGuest } from '../../machine/guest.ts';
import { imageTuples } from '../../machine/sp1/profile/memory-claims.ts';
import { hexOf } from '../../planner/batch/profile.ts';
import type { HashName } from '../../planner/fold/hash.ts';
import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import type { Artefact, ShardFacts } from '../../planner/store/artefact.ts';
import { foldRun } from '../../planner/store/fold-run.ts';
import { folderFiles } from '../../planner/store/folder.ts';
import { RunArtefacts } from '../../planner/store/run-artefacts.ts';
import { Store } from '../../planner/store/store.ts';
import type { TraceData } from '../../trace.ts';
import { VERSION } from '../../version.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, jsonLine, printable, writeAll } from '../output.ts';
import { STATUS, statusOf } from '../status.ts';
import { makeStdinBuffer } from '../threads/guest-stdin.ts';
import { runGuest } from '../threads/guest-thread.ts';
import { makeStopWords } from '../threads/stop-words.ts';
import type { WorkMessage, WorkRequest } from '../threads/work-worker.ts';
import { explain, runOptions } from './run.ts';
import { summaryLine } from './run-report.ts';
import { planOf } from './trace-plan.ts';

interface Done {
  readonly facts: ShardFacts;
  readonly isReused: boolean;
}

const MISSING: Readonly<Record<string, string>> = {
  queue: 'plans on a queue (--queue) are not there yet',
  workers: 'more than one worker is not there yet: start work twice on one store, shards are not made twice',
};

export async function work(args: Arguments): Promise<number> {
  for (const [option, text] of Object.entries(MISSING)) {
    if (args[option] === undefined || args[option] === 1) continue;
    complain(`work: ${text}`);
    return STATUS.unsupported;
  }
  const bytes = readBytes(args.program);
  const run = {
    bytes,
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
  const request: WorkRequest = {
    ...run,
    plan,
    store: args.store,
    hash: args.hash as HashName,
    chunkEntries: args['chunk-entries'] as number,
    onlyShard: args['only-shard'] as number | undefined,
  };
  return workOn(args, request);
}

function checkOnlyShard(args: Arguments, { shards }: ReadRunPlan): void {
  const only = args['only-shard'] as number | undefined;
  if (only === undefined || only < shards.length) return;
  throw new JitExecError('USAGE', `--only-shard: expected a shard of the plan, below ${shards.length}, got ${only}`);
}

/** The run, and nothing kept. */
async function executeOnly(
  args: Arguments,
  request: Omit<WorkRequest, 'plan' | 'store' | 'hash' | 'chunkEntries' | 'onlyShard'>,
): Promise<number> {
  const { result } = await runGuest(new URL('./run-worker.js', import.meta.url), request, runningOptions(args));
  explain(result, request, args, summaryLine(result));
  return statusOf(result.exit);
}

const runningOptions = (args: Arguments) => ({
  quiet: args.quiet === true,
  timeout: args.timeout as number | undefined,
  progress: () => `working on ${args.program}`,
});

async function workOn(args: Arguments, request: WorkRequest): Promise<number> {
  const { plan, hash, onlyShard } = request;
  const artefacts = new RunArtefacts(new Store(folderFiles(request.store), `${process.pid}`), plan, VERSION, hash);
  const stored = onlyShard === undefined ? artefacts.all() : undefined;
  if (stored !== undefined) {
    const done = stored.map(({ facts }) => ({ facts, isReused: true }));
    return finish(args, request, done, stored);
  }
  const done: Done[] = [];
  const { result } = await runGuest<TraceData>(new URL('./work-worker.js', import.meta.url), request, {
    ...runningOptions(args),
    progress: () => `working on ${args.program}, ${done.length} shards`,
    onMessage: message => {
      const { facts, isReused } = message as WorkMessage;
      done.push({ facts, isReused });
    },
  });
  explain(result, request, args, summaryLine(result));
  if (result.exit.kind !== 'halted') return statusOf(result.exit);
  const all = onlyShard === undefined ? artefacts.all() : undefined;
  if (onlyShard === undefined && all === undefined)
    throw new JitExecError(
      'STORE_INVALID',
      `store: artefacts that were just written are not there in ${request.store}`,
    );
  return finish(args, request, done, all) || statusOf(result.exit);
}

/** Folds where all shards are there. */
function finish(
  args: Arguments,
  request: WorkRequest,
  done: readonly Done[],
  all: readonly Artefact[] | undefined,
): number {
  const { elf } = loadGuest(request.bytes, request.name, 'sp1');
  const folded = all && foldRun(all, imageTuples(elf), args['agg-arity'] as number, request.hash);
  const reused = done.filter(({ isReused }) => isReused).length;
  const isClosed = folded?.outstanding.size === 0;
  const report = {
    schema: 1,
    version: VERSION,
    kind: 'work',
    shards: done.map(({ facts: { chips: _chips, ...facts }, isReused }) => ({
      ...facts,
      predictedCells: facts.kind === 'core' ? request.plan.shards[facts.index]?.cells : undefined,
      isReused,
    })),
    made: done.length - reused,
    reused,
    folds: folded?.folds,
    closed: folded && isClosed,
    outstanding: folded?.outstanding.size,
    root: folded && {
      hash: request.hash,
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
  const line = `${done.length} shards, ${reused} of them from the store; ${folded?.folds ?? 0} folds; ${closure}`;
  writeAll(1, args.json ? jsonLine(report) : printable(`${line}\n`));
  if (isClosed || args['require-closed'] !== true) return 0;
  throw new JitExecError('NOT_CLOSED', `work: ${closure}`);
}
