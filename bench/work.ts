// npm run bench:work [-- redis://HOST:PORT]: what a plan takes to work through afresh, on two threads; taken up whole from its store; and,
// where a Redis is named, with two workers of one thread each at a queue. Of whole processes, the least of several rounds, interleaved:
// seconds, and of the processor, which other work on the machine does not change; shards of a second each or so.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './guests.ts';
import { blockGuest } from './trace-guests.ts';

const ROUNDS = 2;
const COMMAND = join(ROOT, 'dist/cli/cli.js');
/** Blocks of the guest, as its input. */
const BLOCKS = '0100000000000000';
const AREA = '8000000';

interface Worked {
  readonly made: number;
  readonly reused: number;
  readonly closed: boolean;
  readonly root: { readonly subjects: string };
}

function command(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args, '-q'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${args[0]}: ${status} ${stderr}`);
  return stdout;
}

const folder = mkdtempSync(join(tmpdir(), 'jit-exec-bench-work-'));
const program = blockGuest(true).guest.path;
const run = [program, '--input-hex', BLOCKS, '--chunk-entries', '1048576'];
const plan = join(folder, 'run.plan');
let roots = new Set<string>();

function work(store: string, more: readonly string[]): { readonly seconds: number; readonly worked: Worked } {
  const start = performance.now();
  const worked = JSON.parse(command(['work', plan, ...run, '--store', store, '--json', ...more])) as Worked;
  const seconds = (performance.now() - start) / 1000;
  if (!worked.closed) throw new Error('bench: the run is not closed');
  roots = roots.add(worked.root.subjects);
  if (roots.size > 1) throw new Error('bench: the same run came to two roots');
  return { seconds, worked };
}

/** Processor seconds of all processes that have ended, as Linux has them, in hundredths: utime, stime, cutime, cstime behind the name. */
function processorSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Two workers, each a process with one thread. */
function workers(queue: string, store: string): readonly ChildProcess[] {
  const args = [COMMAND, 'worker', '--queue', queue, '--store', store, '--workers', '1', '-q'];
  return [0, 1].map(() => spawn(process.execPath, args, { stdio: 'ignore' }));
}

const [queue] = process.argv.slice(2);
const NEVER = Number.POSITIVE_INFINITY;
const least = { fresh: NEVER, reused: NEVER, queued: NEVER };
/** Of the processor. */
const used = { fresh: NEVER, queued: NEVER };
let shards = 0;
try {
  command(['plan', ...run, '--slice', '8192', '--shard-area', AREA, '-o', plan]);
  for (let round = 0; round < ROUNDS; round++) {
    const store = join(folder, `store-${round}`);
    const start = processorSeconds();
    const fresh = work(store, ['--workers', '2']);
    used.fresh = Math.min(used.fresh, processorSeconds() - start);
    const reused = work(store, ['--workers', '2']);
    if (fresh.worked.reused > 0 || reused.worked.made > 0) throw new Error('bench: a store was not as expected');
    shards = fresh.worked.made;
    least.fresh = Math.min(least.fresh, fresh.seconds);
    least.reused = Math.min(least.reused, reused.seconds);
    if (queue === undefined) continue;
    const shared = join(folder, `queue-${round}`);
    const before = processorSeconds();
    const both = workers(queue, shared);
    try {
      // They have started when the first jobs come, or nearly so.
      least.queued = Math.min(least.queued, work(shared, ['--queue', queue]).seconds);
    } finally {
      const ends = both.map(worker => once(worker, 'exit'));
      for (const worker of both) worker.kill();
      await Promise.all(ends);
    }
    used.queued = Math.min(used.queued, processorSeconds() - before);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { fresh, reused, queued } = least;
console.log(`${shards} shards afresh, two threads: ${fresh.toFixed(1)} s, ${(fresh / shards).toFixed(2)} s each`);
console.log(`taken up whole: ${reused.toFixed(2)} s, 1/${(fresh / reused).toFixed(0)} of it`);
if (queue !== undefined) {
  console.log(
    `two workers at a queue: ${queued.toFixed(1)} s, ${(fresh / queued).toFixed(2)} of the speed of two threads`,
  );
  const [threads, processes] = [used.fresh.toFixed(1), used.queued.toFixed(1)];
  console.log(`of the processor: ${threads} s and ${processes} s, ${(used.fresh / used.queued).toFixed(2)}`);
}
