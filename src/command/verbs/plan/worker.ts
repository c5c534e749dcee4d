// `jit-exec worker`: does the jobs of runs whose plans are worked on with `work --queue`.

import type { Job } from 'bullmq';
import { JitExecError } from '../../../../runtime/errors.ts';
import type { JobSpec } from '../../../planner/work/job-spec.ts';
import type { Arguments } from '../../command.ts';
import { complain } from '../../output.ts';
import { JobPool, type MadeJob } from '../../work/job-pool.ts';
import { roomOf } from '../../work/make-stored.ts';
import { connectionTo, failureText, loadBullMq, QUEUE_NAME } from '../../work/redis-queue.ts';

/** How often a job may be lost with its worker. */
const MOST_STALLED = 10;
const LOOK_MILLISECONDS = 250;
/** Looks without jobs before a queue counts as empty: a parent comes a moment after its last child. */
const LOOKS = 4;

export async function worker(args: Arguments): Promise<number> {
  const [store, stalledAfter] = [args.store as string, args['stalled-after'] as number];
  if (stalledAfter < 1) throw new JitExecError('USAGE', `--stalled-after: expected 1 or more, got ${stalledAfter}`);
  const { workers, roomBytes } = roomOf(args, undefined);
  const bullMq = await loadBullMq();
  const connection = await connectionTo(args.queue as string, bullMq);
  const pool = new JobPool({ store, workers, budgetBytes: roomBytes });
  const milliseconds = 1000 * stalledAfter;
  const jobs = new bullMq.Worker(QUEUE_NAME, job => done(job, pool, args), {
    connection: { ...connection, maxRetriesPerRequest: null },
    ...{
      concurrency: workers,
      lockDuration: milliseconds,
      stalledInterval: milliseconds,
      maxStalledCount: MOST_STALLED,
    },
  });
  let trouble = '';
  jobs.on('error', ({ message }) => {
    // While Redis is away it is told once.
    if (message !== trouble && args.quiet !== true) complain(`worker: ${message}`);
    trouble = message;
  });
  if (args.quiet !== true) complain(`worker: ${workers} at a time, jobs of ${args.queue}`);
  const queue = new bullMq.Queue(QUEUE_NAME, { connection: { ...connection, maxRetriesPerRequest: null } });
  queue.on('error', () => undefined);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (args.drain === true) void emptied(queue).then(resolve);
  });
  // Jobs that were begun are done.
  await jobs.close();
  await Promise.allSettled([queue.close(), pool.close()]);
  return 0;
}

async function done(job: Job, pool: JobPool, args: Arguments): Promise<MadeJob> {
  const spec = job.data as JobSpec;
  try {
    const made = await pool.add(spec);
    if (args.quiet !== true)
      complain(`worker: ${spec.kind} ${spec.key.slice(0, 16)}${made.isReused ? ', was there' : ''}`);
    return made;
  } catch (error) {
    const text = failureText(error as Error);
    if (args.quiet !== true) complain(`worker: ${spec.kind} ${spec.key.slice(0, 16)}: ${text}`);
    throw new Error(text);
  }
}

async function emptied(queue: {
  readonly getJobCounts: () => Promise<Readonly<Record<string, number>>>;
}): Promise<void> {
  for (let looks = 0; looks < LOOKS; ) {
    await new Promise(resolve => setTimeout(resolve, LOOK_MILLISECONDS));
    const { completed: _done, failed: _failed, ...open } = await queue.getJobCounts();
    looks = Object.values(open).some(count => count > 0) ? 0 : looks + 1;
  }
}
