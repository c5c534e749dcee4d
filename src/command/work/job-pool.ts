// Threads of this process that do jobs of a store, as many at a time as memory allows.

import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../runtime/errors.ts';
import { Admission, type Admitted } from '../../planner/work/admission.ts';
import type { JobOutcome, JobSpec } from '../../planner/work/job-spec.ts';
import type { JobReply, JobRequest } from '../threads/job-worker.ts';

export type MadeJob = Extract<JobOutcome, { kind: 'made' }>;

interface Job {
  readonly spec: JobSpec;
  readonly resolve: (made: MadeJob) => void;
  readonly reject: (error: Error) => void;
}

export interface JobPoolOptions {
  /** A folder. */
  readonly store: string;
  readonly workers: number;
  /** Of memory that shards take. */
  readonly budgetBytes: number;
}

export class JobPool {
  readonly #options: JobPoolOptions;
  readonly #admission: Admission<Job>;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  #closed = false;

  constructor(options: JobPoolOptions) {
    this.#options = options;
    this.#admission = new Admission(options.budgetBytes, options.workers);
  }

  /** What jobs took at most, in terms of what was predicted. */
  get ratio(): number {
    return this.#admission.ratio;
  }

  /** Resolves when it is done. Rejects with what the thread refused. */
  add(spec: JobSpec): Promise<MadeJob> {
    return new Promise((resolve, reject) => {
      this.#admission.add({ spec, resolve, reject }, spec.kind === 'shard' ? spec.bytes : 0);
      this.#start();
    });
  }

  #start(): void {
    if (this.#closed) return;
    for (let next = this.#admission.next(); next !== undefined; next = this.#admission.next()) this.#run(next);
  }

  #run({ job, limitBytes, isMost }: Admitted<Job>): void {
    const worker = this.#idle.pop() ?? this.#open();
    const end = (act: () => void): void => {
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
      try {
        act();
      } catch (error) {
        this.#admission.drop(job);
        job.reject(error as Error);
      }
      this.#start();
    };
    worker.once('message', (reply: JobReply) => {
      this.#idle.push(worker);
      end(() => this.#settle(job, reply));
    });
    const lost = (error: Error): void => {
      this.#all.delete(worker);
      end(() => this.#lose(job, limitBytes, error));
    };
    worker.once('error', lost);
    worker.once('exit', () => lost(new Error('a thread that made shards ended')));
    worker.postMessage({ spec: job.spec, allowance: { limitBytes, isMost } } satisfies JobRequest);
  }

  #open(): Worker {
    const worker = new Worker(new URL('./job-worker.js', import.meta.url), { workerData: this.#options.store });
    this.#all.add(worker);
    return worker;
  }

  #settle(job: Job, reply: JobReply): void {
    if (reply.kind !== 'outcome') {
      this.#admission.drop(job);
      job.reject(errorOf(reply));
      return;
    }
    const { outcome } = reply;
    if (outcome.kind === 'exceeded') {
      this.#admission.exceeded(job, outcome.needBytes);
      return;
    }
    this.#admission.done(job, outcome.peakBytes);
    job.resolve(outcome);
  }

  /** A thread that is out of memory has its job done with more, or cut; whatever else ended it ends the work. */
  #lose(job: Job, limitBytes: number, error: Error): void {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') this.#admission.exceeded(job, limitBytes);
    else throw error;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map(worker => worker.removeAllListeners().terminate()));
  }
}

function errorOf(reply: Exclude<JobReply, { kind: 'outcome' }>): Error {
  if (reply.kind === 'refused') return new JitExecError(reply.code, reply.message);
  if (reply.kind === 'io') return Object.assign(new Error(reply.message), { code: reply.code, syscall: 'write' });
  return Object.assign(new Error('in a thread that made shards'), { stack: reply.stack });
}
