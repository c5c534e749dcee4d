// Runs at a queue come to the same root whatever happens to workers, to Redis, to jobs and to disks.

import { type ChildProcess, spawn } from 'node:child_process';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUE_NAME } from '../../src/command/work/redis-queue.ts';
import { CLI, guest, jitExec, scratch, startJitExec } from './command.ts';
import { freePort, HAS_REDIS, TestRedis } from './redis.ts';

if (!HAS_REDIS) console.warn('no redis-server here: queues are not tested (apt-get install redis-server)');

const write = scratch();
const RUN = [guest('fibonacci.sp1'), '--input-u64', '4000'];
const plan = write('plan', '');
const workers: ChildProcess[] = [];
const HOOK_MILLISECONDS = 240_000;

interface Report {
  readonly made: number;
  readonly reused: number;
  readonly closed: boolean;
  readonly root: unknown;
}

/** A worker that takes a killed one's jobs after a second. */
function startWorker(url: string, store: string, shell?: string): ChildProcess {
  const args = ['worker', '--queue', url, '--store', store, '--workers', '1', '--stalled-after', '1', '-q'];
  const line = [process.execPath, CLI, ...args];
  const child =
    shell === undefined
      ? spawn(line[0]!, line.slice(1), { stdio: 'ignore' })
      : spawn('bash', ['-c', `${shell}; exec "$@"`, 'worker', ...line], { stdio: 'ignore' });
  workers.push(child);
  return child;
}

const workArgs = (store: string, more: readonly string[] = []): string[] => [
  ...['work', plan, ...RUN, '--store', store, '--json', '-q', ...more],
];

describe.skipIf(!HAS_REDIS)('work at a queue', () => {
  let redis: TestRedis;
  let local: Report;
  beforeAll(async () => {
    redis = new TestRedis(await freePort());
    await redis.start();
    jitExec(['plan', ...RUN, '--slice', '2000', '--shards', '5', '-o', plan, '-q']);
    local = JSON.parse(jitExec(workArgs(`${plan}.local`)).stdout);
  }, HOOK_MILLISECONDS);
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await redis.close();
  });

  const atQueue = (store: string): Promise<Report & { readonly status: number | null; readonly stderr: string }> =>
    startJitExec(workArgs(store, ['--queue', redis.url])).outcome.then(({ status, stdout, stderr }) => ({
      ...{ status, stderr },
      ...JSON.parse(stdout),
    }));

  const queued = async <T>(act: (queue: Queue) => Promise<T>): Promise<T> => {
    const queue = new Queue(QUEUE_NAME, { connection: { url: redis.url } });
    try {
      return await act(queue);
    } finally {
      await queue.close();
    }
  };

  const isActive = async (): Promise<void> => {
    while ((await queued(queue => queue.getActiveCount())) === 0) await new Promise(resolve => setTimeout(resolve, 50));
  };

  it('is that of this process, through a worker that is killed in a shard', async () => {
    const store = `${plan}.killed`;
    const first = startWorker(redis.url, store);
    const outcome = atQueue(store);
    await isActive();
    first.kill('SIGKILL');
    const second = startWorker(redis.url, store);
    expect(await outcome).toMatchObject({ status: 0, closed: true, root: local.root });
    second.kill('SIGTERM');
  });

  it('goes on when Redis is lost with all that it had', async () => {
    const store = `${plan}.lost`;
    const worker = startWorker(redis.url, store);
    const outcome = atQueue(store);
    await isActive();
    await redis.kill();
    await new Promise(resolve => setTimeout(resolve, 500));
    await redis.start();
    expect(await outcome).toMatchObject({ status: 0, closed: true, root: local.root });
    worker.kill('SIGTERM');
  });

  it('does a job that is there twice once, and none of what a store has', async () => {
    const store = `${plan}.twice`;
    const outcome = atQueue(store);
    const specs = await queued(async queue => {
      for (;;) {
        const jobs = await queue.getPrioritized();
        if (jobs.length > 0) return jobs.map(({ data }) => data);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    });
    await queued(queue => queue.addBulk(specs.map(data => ({ name: 'shard', data }))));
    const worker = startWorker(redis.url, store);
    expect(await outcome).toMatchObject({ status: 0, closed: true, root: local.root });
    expect(await atQueue(store)).toMatchObject({ status: 0, made: 0, reused: 6, root: local.root });
    worker.kill('SIGTERM');
  });

  it('ends by name where a disk is full, and goes on when it is not', async () => {
    const store = `${plan}.full`;
    // Files of 8 KiB: artefacts are larger.
    const full = startWorker(redis.url, store, 'ulimit -f 8');
    const { status, stdout } = await startJitExec(workArgs(store, ['--queue', redis.url])).outcome;
    expect({ status, error: JSON.parse(stdout).error.code }).toEqual({ status: 74, error: 'FILE_UNWRITABLE' });
    full.kill('SIGKILL');
    const { damaged } = JSON.parse(jitExec(['store', 'verify', store, '--json']).stdout);
    expect(damaged).toEqual([]);
    const worker = startWorker(redis.url, store);
    expect(await atQueue(store)).toMatchObject({ status: 0, closed: true, root: local.root });
    worker.kill('SIGTERM');
  });
});
