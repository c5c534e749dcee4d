// npm run bench:shards [-- --rounds N]: shards with all columns, end to end on 1 and 2 threads besides the guest's, and where
// the time goes. Rounds are interleaved, a fresh process for each run; columns are hashed, no shard is written.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './guests.ts';
import { median } from './statistics.ts';

const CLI = join(ROOT, 'dist/cli/cli.js');
const GUESTS = [
  { name: 'block', input: '10' },
  { name: 'regex', input: '1' },
];
/** Small enough for several shards, and for a test machine. */
const CUTS = ['--chunk-entries', '262144', '--element-threshold', '24000000'];

interface Told {
  readonly seconds: number;
  readonly shards?: readonly unknown[];
  readonly pipeline?: { readonly seconds: Readonly<Record<string, number>> };
}

interface Run extends Told {
  /** From the command line to its end. */
  readonly wall: number;
}

function run(name: string, input: string, more: readonly string[]): Run {
  const directory = mkdtempSync(join(tmpdir(), 'jit-exec-bench-'));
  const program = join(ROOT, `bench/sp1-guests/bin/${name}.sp1.elf`);
  const line = ['trace', program, '--input-u64', input, '-o', directory, '--json', '-q', '--chunk-entries', CUTS[1]!];
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, ...line, ...more], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const wall = (performance.now() - start) / 1000;
  rmSync(directory, { recursive: true });
  if (status === null || status > 3) throw new Error(`bench: ${name}: status ${status}\n${stderr}`);
  return { ...(JSON.parse(stdout) as Told), wall };
}

const SHARDS = ['--until', 'traces', '--digests-only', ...CUTS.slice(2)];

function row(name: string, input: string, rounds: number): string {
  const modes = { chunks: [], one: [], two: [] } as Record<'chunks' | 'one' | 'two', Run[]>;
  for (let round = 0; round < rounds; round++) {
    modes.chunks.push(run(name, input, []));
    modes.one.push(run(name, input, [...SHARDS, '--workers', '1']));
    modes.two.push(run(name, input, [...SHARDS, '--workers', '2']));
  }
  const of = (runs: readonly Run[], take: (one: Run) => number): number => median(runs.map(take));
  const phase = (one: Run, ...names: readonly string[]): number =>
    names.reduce((sum, n) => sum + one.pipeline!.seconds[n]!, 0);
  const work = (one: Run): number => phase(one, 'splice', 'record', 'events', 'fill');
  const cells = [
    modes.one[0]!.shards!.length,
    of(modes.chunks, one => one.seconds),
    of(modes.one, work),
    of(modes.one, one => one.wall),
    of(modes.two, one => one.wall),
    // Digests are off the clock: the one thread makes them between shards.
    of(modes.one, one => (one.wall - phase(one, 'sink')) / Math.max(one.seconds, work(one))),
    ...(['splice', 'record', 'events', 'fill', 'sink'] as const).map(n => of(modes.one, one => phase(one, n))),
  ];
  const shown = cells.map((cell, i) => (i === 0 ? String(cell) : cell.toFixed(2)));
  return `| ${[name, ...shown].join(' | ')} |`;
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds: expected 1 or more, got ${values.rounds}`);
console.log(`seconds; work: cut, replay, events, columns of the one thread besides the guest's

| guest | shards | execution | work | end to end, 1 | end to end, 2 | 1 without digests / larger of execution and work | cut | replay | events | columns | digests and files |
|---|---|---|---|---|---|---|---|---|---|---|---|`);
for (const { name, input } of GUESTS) console.log(row(name, input, rounds));
