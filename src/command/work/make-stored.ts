// Makes the artefacts of a run on threads of this process, while the guest runs.

import { availableParallelism } from 'node:os';
import { JitExecError } from '../../../runtime/errors.ts';
import { ramBudget } from '../../../runtime/memory/host-memory.node.ts';
import { type JobRoom, jobRoom } from '../../machine/sp1/pipeline/memory/ram.ts';
import type { ShardSpec } from '../../planner/work/job-spec.ts';
import type { FoundShard } from '../../verbs/work.ts';
import type { Arguments } from '../command.ts';
import { statusOf } from '../status.ts';
import { askToStop, INTERRUPTED } from '../threads/guest/stop-words.ts';
import { explain } from '../verbs/run/run.ts';
import { summaryLine } from '../verbs/run/run-report.ts';
import { foldStored } from './fold-stored.ts';
import { JobPool } from './job-pool.ts';
import { openStore } from './kept-run.ts';
import { runForJobs } from './run-for-jobs.ts';
import { finishWork, type WorkedShard } from './work-report.ts';
import type { WorkSetup } from './work-setup.ts';

const MAX_WORKERS = 64;
/** Jobs that may wait for each thread: what they are made of lies in the store. */
const JOBS_A_WORKER = 4;

/** Threads and memory as asked for, or as this machine has them. @throws USAGE, PLAN_INFEASIBLE. */
export function roomOf(args: Arguments, guest: Parameters<typeof jobRoom>[2]): JobRoom {
  const workers = (args.workers as number | undefined) ?? Math.min(MAX_WORKERS, availableParallelism());
  if (workers < 1 || workers > MAX_WORKERS)
    throw new JitExecError('USAGE', `--workers: expected 1 to ${MAX_WORKERS}, got ${workers}`);
  return jobRoom(ramBudget(args.ram as number | undefined), workers, guest);
}

const PAGE_BYTES = 4096;

/** Most that the guest can take: its plan knows what it accesses, each word on a page of its own at worst. */
function guestSize({ args, run: { bytes, options }, plan }: WorkSetup): Parameters<typeof jobRoom>[2] {
  const inputs = (options.inputs ?? []).reduce((sum, input) => sum + input.length, 0);
  return {
    chunkEntries: Math.min(args['chunk-entries'] as number, plan.entries),
    maxMemory: Math.min(options.maxMemory ?? Number.POSITIVE_INFINITY, PAGE_BYTES * plan.words + bytes.length + inputs),
  };
}

export async function makeStored(setup: WorkSetup): Promise<number> {
  const { args, run, store } = setup;
  const { workers, roomBytes } = roomOf(args, guestSize(setup));
  const pool = new JobPool({ store, workers, budgetBytes: roomBytes });
  const pending = new Int32Array(new SharedArrayBuffer(8));
  pending[1] = JOBS_A_WORKER * workers;
  const kept = openStore(store);
  const shards: (WorkedShard | Promise<WorkedShard>)[] = [];
  let failure: Error | undefined;
  let done = 0;
  const make = async (found: FoundShard, spec: ShardSpec): Promise<WorkedShard> => {
    try {
      const made = await pool.add(spec);
      kept.drop(spec.job);
      done++;
      return { ...made, ...shownOf(found), predictedBytes: spec.bytes };
    } catch (error) {
      failure ??= error as Error;
      askToStop(run.interrupt, INTERRUPTED);
      throw error;
    } finally {
      Atomics.sub(pending, 0, 1);
      Atomics.notify(pending, 0);
    }
  };
  try {
    const result = await runForJobs(setup, {
      pending,
      progress: () => `${done} of ${shards.length} shards`,
      onShard(found, spec) {
        const shard = spec === undefined ? { ...shownOf(found), isReused: true, pieces: 1 } : make(found, spec);
        if (shard instanceof Promise) shard.catch(() => undefined);
        shards.push(shard);
      },
    });
    const made = await Promise.all(shards);
    explain(result, run, args, summaryLine(result));
    if (result.exit.kind !== 'halted') return statusOf(result.exit);
    if (setup.onlyShard === undefined) await foldStored(setup, pool);
    return finishWork(setup, made) || statusOf(result.exit);
  } catch (error) {
    throw failure ?? error;
  } finally {
    await pool.close();
  }
}

export const shownOf = ({
  index,
  kind,
  cells,
  clkStart,
  clkEnd,
}: FoundShard): Omit<WorkedShard, 'isReused' | 'pieces'> => ({
  ...{ index, kind, cells, clkStart, clkEnd },
});
