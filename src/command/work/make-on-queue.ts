// Has the artefacts of a run made by workers at a queue: shards are the leaves of a flow, folds its parents. Messages carry keys,
// all else goes through the store. Where Redis has forgotten the flow it is given again; what is there is not made twice.

import type { FlowJob, Job, Queue } from 'bullmq';
import { ERROR_CODES, type ErrorCode, JitExecError } from '../../../runtime/errors.ts';
import type { FoldSpec, JobSpec, ShardSpec } from '../../planner/work/job-spec.ts';
import type { FoundShard } from '../../verbs/work.ts';
import { VERSION } from '../../version.ts';
import { complain } from '../output.ts';
import { startProgress } from '../progress.ts';
import { Ended, statusOf } from '../status.ts';
import { explain } from '../verbs/run/run.ts';
import { summaryLine } from '../verbs/run/run-report.ts';
import type { MadeJob } from './job-pool.ts';
import { openStore, runArtefacts } from './kept-run.ts';
import { shownOf } from './make-stored.ts';
import {
  type BullMq,
  connectionTo,
  loadBullMq,
  QUEUE_NAME,
  queueUnavailable,
  type RedisAddress,
} from './redis-queue.ts';
import { runForJobs } from './run-for-jobs.ts';
import { finishWork, type WorkedShard } from './work-report.ts';
import type { WorkSetup } from './work-setup.ts';

const LOOK_MILLISECONDS = 250;
/** How long a Redis may be away. */
const PATIENCE_MILLISECONDS = 300_000;
/** Tries of a job that failed, and between them. */
const ATTEMPTS = 3;
const BACKOFF_MILLISECONDS = 1000;
/** Least urgent priority of BullMQ: heavier shards come first. */
const LAST_PRIORITY = 2 ** 21;
const CELLS_A_PRIORITY = 1024;

interface Found {
  readonly shard: FoundShard;
  readonly spec: ShardSpec | undefined;
}

export async function makeOnQueue(setup: WorkSetup, address: string): Promise<number> {
  const bullMq = await loadBullMq();
  const connection = await connectionTo(address, bullMq);
  const found: Found[] = [];
  const pending = new Int32Array(new SharedArrayBuffer(8));
  pending[1] = 2 ** 31 - 1;
  const result = await runForJobs(setup, {
    pending,
    progress: () => `${found.length} shards found`,
    onShard: (shard, spec) => void found.push({ shard, spec }),
  });
  explain(result, setup.run, setup.args, summaryLine(result));
  if (result.exit.kind !== 'halted') return statusOf(result.exit);
  if (setup.onlyShard !== undefined && found.every(({ spec }) => spec === undefined))
    return finishWork(
      setup,
      found.map(({ shard }) => ({ ...shownOf(shard), isReused: true, pieces: 1 })),
    );
  const flow = new JobFlow(setup, found, bullMq, connection);
  const stopProgress =
    setup.args.quiet === true ? () => undefined : startProgress(() => `${found.length} shards on the queue`);
  try {
    const made = await flow.made();
    const store = openStore(setup.store);
    for (const { spec } of found) if (spec !== undefined) store.drop(spec.job);
    const shards = found.map(
      ({ shard, spec }): WorkedShard => ({
        ...(made.get(shard.key) ?? { isReused: true, pieces: 1 }),
        ...shownOf(shard),
        ...(spec === undefined ? {} : { predictedBytes: spec.bytes }),
      }),
    );
    return finishWork(setup, shards) || statusOf(result.exit);
  } finally {
    stopProgress();
    await flow.close();
  }
}

class JobFlow {
  readonly #setup: WorkSetup;
  readonly #found: readonly Found[];
  readonly #producer: InstanceType<BullMq['FlowProducer']>;
  readonly #queue: Queue;
  readonly #bullMq: BullMq;
  #trouble: Error | undefined;
  #answered = Date.now();
  #isInterrupted = false;

  constructor(setup: WorkSetup, found: readonly Found[], bullMq: BullMq, connection: RedisAddress) {
    this.#setup = setup;
    this.#found = found;
    this.#bullMq = bullMq;
    // While Redis is away a command waits for it.
    const patient = { ...connection, maxRetriesPerRequest: null };
    this.#producer = new bullMq.FlowProducer({ connection: patient });
    this.#queue = new bullMq.Queue(QUEUE_NAME, { connection: patient });
    const note = (error: Error): void => {
      this.#trouble = error;
    };
    this.#producer.on('error', note);
    this.#queue.on('error', note);
  }

  /** What came of each leaf, by the key of its artefact. */
  async made(): Promise<ReadonlyMap<string, MadeJob>> {
    const interrupt = (): void => {
      this.#isInterrupted = true;
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    try {
      for (;;) {
        const made = await this.#once();
        if (made !== undefined) return made;
        complain('work: the queue has forgotten the run, it is given again');
      }
    } finally {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    }
  }

  /** Undefined where Redis lost the flow. */
  async #once(): Promise<ReadonlyMap<string, MadeJob> | undefined> {
    const nonce = crypto.randomUUID();
    const { tree, leaves } = this.#tree(nonce);
    await this.#answer(this.#producer.add(tree));
    for (;;) {
      const root = await this.#answer<Job | undefined>(this.#bullMq.Job.fromId(this.#queue, tree.opts!.jobId!));
      const state = root === undefined ? 'unknown' : await this.#answer(root.getState());
      if (root === undefined || state === 'unknown') return undefined;
      if (state === 'failed') throw await this.#failure(root, leaves);
      if (state === 'completed') return this.#collect(root, leaves);
      await new Promise(resolve => setTimeout(resolve, LOOK_MILLISECONDS));
    }
  }

  async #collect(root: Job, leaves: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, MadeJob>> {
    const made = new Map<string, MadeJob>();
    for (const [id, key] of leaves) {
      const job = await this.#answer<Job | undefined>(this.#bullMq.Job.fromId(this.#queue, id));
      if (job?.returnvalue) made.set(key, job.returnvalue as MadeJob);
    }
    await this.#answer(root.remove({ removeChildren: true }));
    return made;
  }

  /** What Redis says, waited for while it may come back. @throws QUEUE_UNAVAILABLE, Ended. */
  async #answer<T>(asked: Promise<T>): Promise<T> {
    let isOver = false;
    const answer = asked.then(
      value => {
        isOver = true;
        this.#answered = Date.now();
        return value;
      },
      (error: Error) => {
        isOver = true;
        throw queueUnavailable(error.message, error);
      },
    );
    answer.catch(() => undefined);
    while (!isOver) {
      if (this.#isInterrupted) throw new Ended('interrupted', 'interrupted; jobs that workers have begun go on');
      if (Date.now() - this.#answered > PATIENCE_MILLISECONDS)
        throw queueUnavailable(
          `Redis has not answered for ${PATIENCE_MILLISECONDS / 1000} s: ${this.#trouble?.message}`,
        );
      await Promise.race([
        answer.catch(() => undefined),
        new Promise(resolve => setTimeout(resolve, LOOK_MILLISECONDS)),
      ]);
    }
    if (this.#isInterrupted) throw new Ended('interrupted', 'interrupted; jobs that workers have begun go on');
    return answer;
  }

  async #failure(root: Job, leaves: ReadonlyMap<string, string>): Promise<Error> {
    let reason = root.failedReason ?? '';
    for (const id of leaves.keys()) {
      const job = await this.#answer<Job | undefined>(this.#bullMq.Job.fromId(this.#queue, id));
      // Of a parent the reason is that a child failed.
      if (job?.failedReason !== undefined && /^[A-Z_]+: /.test(job.failedReason)) reason = job.failedReason;
    }
    const [, code, text] = /^([A-Z_]+): (.*)$/s.exec(reason) ?? [];
    return code !== undefined && code in ERROR_CODES
      ? new JitExecError(code as ErrorCode, text!)
      : queueUnavailable(`a job failed: ${reason}`);
  }

  /** Jobs of all that is missing; the root is always one. `leaves`: keys of artefacts by id. */
  #tree(nonce: string): { readonly tree: FlowJob; readonly leaves: ReadonlyMap<string, string> } {
    const leaves = new Map<string, string>();
    const jobs = new Map<string, FlowJob>();
    const add = (spec: JobSpec, children: FlowJob[], priority: number): FlowJob => {
      const jobId = `${nonce}-${spec.key}`;
      const job: FlowJob = {
        name: spec.kind,
        queueName: QUEUE_NAME,
        data: spec,
        children,
        opts: {
          ...{ jobId, priority, attempts: ATTEMPTS, failParentOnFailure: true },
          backoff: { type: 'fixed', delay: BACKOFF_MILLISECONDS },
        },
      };
      jobs.set(spec.key, job);
      return job;
    };
    for (const { spec } of this.#found) {
      if (spec === undefined) continue;
      const priority = Math.max(1, LAST_PRIORITY - Math.floor(spec.cells / CELLS_A_PRIORITY));
      leaves.set(add(spec, [], priority).opts!.jobId!, spec.key);
    }
    let root = [...jobs.values()][0];
    if (this.#setup.onlyShard === undefined) {
      const artefacts = runArtefacts(this.#setup);
      for (const { key, children } of artefacts.folds(artefacts.record()!, this.#setup.arity)) {
        const spec: FoldSpec = { kind: 'fold', key, children, hash: this.#setup.hash, version: VERSION };
        const below = children.map(child => jobs.get(child)).filter(job => job !== undefined);
        root = add(spec, below, 0);
      }
    }
    return { tree: root!, leaves };
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(), this.#queue.close()]);
  }
}
