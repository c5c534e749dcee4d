import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readShard } from '../../runtime/columns/shard-file.ts';
import { Bell } from '../../runtime/trace/bell.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { spillHandle } from '../../src/machine/sp1/pipeline/memory/spill.node.ts';
import { ShardPipeline } from '../../src/machine/sp1/pipeline/pipeline.node.ts';
import { deepTest } from '../depth.ts';
import { elfOf, SHARD_RUNS } from '../machine/sp1/shard-runs.ts';
import { CLI, guest, jitExec } from './command.ts';
import { expectThreadsMake, library } from './pipeline-runs.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-pipeline-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => join(mkdtempSync(join(root, 'trace-')), 'out');
const recorded = (name: string) => SHARD_RUNS.find(run => run.name === name)!;
const QSORT = fileURLToPath(new URL('../../bench/sp1-guests/bin/qsort.sp1.elf', import.meta.url));
const fibonacci = elfOf(recorded('fibonacci-20'));

interface Index {
  readonly shardsComplete: boolean;
  readonly exit: { readonly kind: string };
  readonly shards: readonly { readonly index: number; readonly file: string }[];
}
const readIndex = (directory: string): Index => JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));

describe('shards on threads', () => {
  deepTest("are SP1's, handed out in order and one at a time", async () => {
    await expectThreadsMake(recorded('fibonacci-20-chunks'), 'packed', 2);
  });

  deepTest('end with the error of who takes them, and no thread is left', async () => {
    const { traceShards } = await library();
    const before = process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length;
    const onShard = async (): Promise<void> => {
      throw new RangeError('enough');
    };
    const traced = traceShards(fibonacci, { chunkEntries: 128, workers: 1, onShard });
    await expect(traced).rejects.toThrow('enough');
    expect(process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length).toBe(before);
  });

  test('end with an error where a thread dies', async () => {
    const pipeline = new ShardPipeline({
      guest: loadGuest(fibonacci, 'fibonacci', 'sp1'),
      program: { bytes: fibonacci, name: 'fibonacci' },
      ...{ elements: 2 ** 28, height: 2 ** 22, memoryShards: 'separate', onlyShard: undefined, sink: undefined },
      ...{ makes: true, hands: false, workers: 2, places: 2, waveBytes: 2 ** 20, bell: new Bell() },
      script: new URL('data:text/javascript,process.exit(1)'),
      spill: spillHandle(2 ** 20, -1),
      onShard: () => undefined,
      onChunk: () => undefined,
    });
    await expect(pipeline.done).rejects.toThrow('a thread of the pipeline ended without a result');
  });

  test('are not begun where one does not fit, and need and budget are told', async () => {
    const directory = folder();
    const line = ['trace', guest('fibonacci.sp1'), '-o', directory, '--until', 'traces', '--ram', '1G'];
    const { status, stderr } = jitExec(line);
    expect(status).toBe(76);
    expect(stderr).toMatch(/shards: one at a time needs \d+ MiB of memory, the budget is 1024 MiB \(--ram/);
    expect(existsSync(directory)).toBe(false);
    const { traceShards } = await library();
    const traced = traceShards(fibonacci, { ram: 2 ** 30, onShard: () => undefined });
    await expect(traced).rejects.toMatchObject({ code: 'ENVIRONMENT' });
  });
});

describe('a run whose shards are made is stopped', () => {
  const options = ['--until', 'traces', '--chunk-entries', '262144', '--element-threshold', '5000000', '-q'];

  test('in the middle: the shards that are complete are found and whole', async () => {
    const directory = folder();
    const line = [CLI, 'trace', QSORT, '-o', directory, '--input-u64', '1', '--workers', '1', ...options];
    const child = spawn(process.execPath, line);
    const ended = new Promise(resolve => child.on('close', resolve));
    while (!existsSync(join(directory, 'shard-000000.bin'))) await new Promise(resolve => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    const { shards, shardsComplete } = readIndex(directory);
    expect(shardsComplete).toBe(false);
    expect(shards.length).toBeGreaterThan(0);
    for (const { index, file } of shards) {
      expect(readShard(new Uint8Array(readFileSync(join(directory, file)))).shard).toBe(index);
    }
    const files = readdirSync(directory).filter(name => name.startsWith('shard'));
    expect(files.sort()).toEqual(shards.map(({ file }) => file).sort());
  });

  deepTest('by a disk that is full: 74, and no half shard', () => {
    const directory = folder();
    // Blocks of 1024 bytes: the chunk fits, the shard does not.
    const line = `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`;
    const args = [CLI, 'trace', guest('fibonacci.sp1'), '-o', directory, '--until', 'traces', '-q', '--workers', '1'];
    const { status, stderr } = spawnSync('bash', ['-c', line, process.execPath, ...args], { encoding: 'utf8' });
    expect(stderr).toMatch(/^jit-exec: cannot write the trace: EFBIG/);
    expect(status).toBe(74);
    expect(readdirSync(directory).sort()).toEqual(['chunk-000000.bin', 'index.json']);
    expect(readIndex(directory)).toMatchObject({ shardsComplete: false, shards: [] });
  });
});
