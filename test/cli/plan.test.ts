// `jit-exec plan` of a batch's profile and of its manifest.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeBatchProfile } from '../../src/planner/batch/profile-file.ts';
import { deepTest } from '../depth.ts';
import { fnv1a, profileOf } from '../planner/lcg.ts';
import { guest, jitExecHere, scratch } from './command.ts';

const write = scratch();
const edges = [
  [1, 2],
  [2, 3],
  [3, 1],
  [4, 5],
  [5, 6],
  [6, 4],
  [3, 4],
] as const;
const clusters = write(
  'clusters.ixprof',
  writeBatchProfile(profileOf(Array(6).fill({ heartbeats: 100n, size: 1000, constants: 1 }), edges)),
);
const chain = write(
  'chain.ixprof',
  writeBatchProfile(
    profileOf(
      Array(40).fill({ counters: { subst: 1000n } }),
      Array.from({ length: 39 }, (_, i) => [i + 1, i + 2] as const),
      2,
    ),
  ),
);

describe('plan of a batch', () => {
  it('into so many shards is that of the vectors', async () => {
    const { status, stdout, stderr } = await jitExecHere([
      'plan',
      clusters,
      '--shards',
      '3',
      '--epsilon',
      '0.1',
      '--json',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      assignment: [0, 0, 1, 2, 2, 2],
      crossIngress: 3000,
      tree: [[0, 1], 2],
      profile: { version: 1, blocks: 6 },
      fold: [
        { kind: 'leaf', shard: 0 },
        { kind: 'leaf', shard: 1 },
        { kind: 'leaf', shard: 2 },
        { kind: 'fold', children: [0, 1, 2] },
      ],
    });
  });

  it("writes upstream's manifest, and says what one holds", async () => {
    const path = `${clusters}.ixes`;
    const made = await jitExecHere(['plan', clusters, '--shards', '2', '--epsilon', '0.1', '-o', path]);
    expect(made.stdout).toContain('2 shards load 1000 bytes of others; 1 folds');
    expect(fnv1a(readFileSync(path))).toBe('8fcd950d');
    const { shards, tree } = JSON.parse((await jitExecHere(['plan', path, '--json'])).stdout);
    expect([shards.length, tree, shards[0].foreign]).toEqual([2, [0, 1], 1]);
  });

  it('packs to a cap, or says that a block is over it', async () => {
    const packed = JSON.parse((await jitExecHere(['plan', chain, '--cap', '1300000000', '--json'])).stdout);
    expect([packed.model, packed.partition, packed.shards.length]).toEqual(['C', 'pack', 8]);
    const { status, stderr } = await jitExecHere(['plan', chain, '--cap', '490199999']);
    expect(status).toBe(77);
    expect(stderr).toContain('a single block is over the cap of 490199999 cost');
  });

  it.each<[string, string[], number, string]>([
    ['memory below the base', [clusters, '--ram', '40G'], 77, 'a shard needs more than 45 GiB before its first cycles'],
    ['half an epsilon', [chain, '--shards', '2', '--epsilon', '0.5'], 64, '--epsilon: expected a number'],
    ['what is no profile', [write('none', 'none')], 65, 'expected a profile'],
    [
      'a picture of what has no time',
      [clusters, '--shards', '2', '--picture', 'x.svg'],
      64,
      'only the shards of a run',
    ],
    ['a plan that cannot be written', [clusters, '--shards', '2', '-o', '/nowhere/plan'], 74, 'cannot write'],
  ])('refuses %s', async (_, args, expected, text) => {
    const { status, stderr } = await jitExecHere(['plan', ...args]);
    expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringContaining(text) });
  });
});

it('store says where there is no folder', async () => {
  const { status, stderr } = await jitExecHere(['store', 'verify', '/nowhere']);
  expect({ status, stderr }).toEqual({ status: 66, stderr: 'jit-exec: cannot read /nowhere: no such folder\n' });
});

it('profile show says what a batch has', async () => {
  const { status, stdout } = await jitExecHere(['profile', 'show', clusters]);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'batch profile of version 1: 6 blocks of 6000 bytes, 7 edges, 600 heartbeats\n',
  });
  expect(JSON.parse((await jitExecHere(['profile', 'show', chain, '--json'])).stdout)).toMatchObject({
    ...{ kind: 'batch profile', profileVersion: 2, blocks: 40, edges: 39 },
  });
});

describe('plan of a run of SP1', () => {
  const fibonacci = guest('fibonacci.sp1');
  const input = ['--input-u64', '300', '--slice', '500'];
  const profile = write('fibonacci.jxprof', '');
  const planned = write('fibonacci.plan', '');

  it('is cut by trace where it says, with the rows that it says', async () => {
    expect((await jitExecHere(['profile', 'run', fibonacci, ...input, '-o', profile, '-q'])).status).toBe(0);
    const picture = `${planned}.svg`;
    const made = await jitExecHere(['plan', profile, '--shards', '3', '-o', planned, '--picture', picture, '--json']);
    const plan = JSON.parse(made.stdout);
    expect(JSON.parse(readFileSync(planned, 'utf8'))).toEqual(plan);
    expect(readFileSync(picture, 'utf8')).toMatch(/^<svg [\s\S]*shard 2: instructions[\s\S]*<\/svg>\n$/);
    const folder = `${planned}.trace`;
    const traced = await jitExecHere([
      'trace',
      fibonacci,
      '--input-u64',
      '300',
      '-o',
      folder,
      '--until',
      'shards',
      '--plan',
      planned,
      '--json',
      '-q',
    ]);
    const { shards } = JSON.parse(traced.stdout);
    const cores = shards.filter(({ kind }: { kind: string }) => kind === 'core');
    const ends = (all: { clkStart: number; clkEnd: number }[]): number[][] =>
      all.map(one => [one.clkStart, one.clkEnd]);
    expect(ends(cores)).toEqual(ends(plan.shards));
    const rows = (chips: { name: string; realRows: number }[]): unknown =>
      chips.filter(({ name }) => name !== 'MemoryBump').map(({ name, realRows }) => [name, realRows]);
    for (const i of [0, 1]) expect(rows(cores[i].chips)).toEqual(rows(plan.shards[i].chips));
  });

  deepTest('is refused for another run', async () => {
    const args = ['-o', `${planned}.other`, '--until', 'shards', '--plan', planned];
    const { status, stderr } = await jitExecHere(['trace', fibonacci, '--input-u64', '301', ...args]);
    expect({ status, stderr }).toEqual({
      status: 65,
      stderr: expect.stringContaining('it is not of this run: expected inputs'),
    });
  });

  deepTest('ends with the instruction that is over the budget', async () => {
    const { status, stderr } = await jitExecHere(['plan', fibonacci, ...input, '--shard-area', '1000000', '-q']);
    expect(status).toBe(77);
    expect(stderr).toMatch(
      /plan: one instruction at pc 0x[\da-f]+ \(clk 1\) need \d+ cells, the budget is 1000000 in _start/,
    );
  });

  deepTest('is worked through, reused as a whole, and closed', async () => {
    const store = `${planned}.store`;
    const args = [
      'work',
      planned,
      fibonacci,
      '--input-u64',
      '300',
      '--store',
      store,
      '--require-closed',
      '--ram',
      '512M',
      '--json',
      '-q',
    ];
    const [first, second] = [await jitExecHere(args), await jitExecHere(args)].map(({ status, stdout }) => ({
      status,
      ...JSON.parse(stdout),
    }));
    expect(first).toMatchObject({ status: 0, made: 4, reused: 0, closed: true, outstanding: 0 });
    expect(second).toMatchObject({ status: 0, made: 0, reused: 4, closed: true, root: first.root });
    const { artefacts, damaged } = JSON.parse((await jitExecHere(['store', 'verify', store, '--json'])).stdout);
    // Four shards, their fold, the run and the program; jobs are gone.
    expect([artefacts.length, damaged]).toEqual([7, []]);
  });

  it.each<[string, string[], number, string]>([
    ['without a store', [], 64, '--store DIR'],
    ['on a store that cannot be written', ['--store', '/dev/null/store'], 74, 'cannot write'],
    [
      'on a queue without Redis',
      ['--store', `${planned}.queue`, '--queue', 'redis://127.0.0.1:1'],
      74,
      'no Redis answers at',
    ],
    [
      'with less memory than a shard takes',
      ['--store', `${planned}.small`, '--ram', '250M'],
      77,
      'of memory are needed',
    ],
  ])('is refused %s', async (_, more, status, text) => {
    const found = await jitExecHere(['work', planned, fibonacci, '--input-u64', '300', '-q', ...more]);
    expect(found).toMatchObject({ status, stderr: expect.stringContaining(text) });
  });
});
