import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cost } from '../../src/verbs/cost.ts';
import { guest, jitExecHere } from './command.ts';

const BLOCK = fileURLToPath(new URL('../../bench/sp1-guests/bin/block.sp1.elf', import.meta.url));

describe('cost', () => {
  test('prints for scripts what the library gives', async () => {
    const path = guest('precompiles.sp1');
    const { status, stdout } = await jitExecHere(['cost', path, '--json']);
    const printed = JSON.parse(stdout);
    const given = JSON.parse(JSON.stringify(cost(readFileSync(path))));
    for (const each of [printed, given]) for (const time of ['seconds', 'mips']) delete each[time];
    expect(printed).toEqual(given);
    expect(printed).toMatchObject({ schema: 1, machine: 'sp1', exit: { kind: 'halted', code: 0 } });
    const { chips, shards, cells, byFunction } = printed;
    const sum = (values: { cells: number }[]): number => values.reduce((all, each) => all + each.cells, 0);
    expect([sum(chips), sum(shards)]).toEqual([cells, cells]);
    expect(shards.map((shard: { kind: string }) => shard.kind)).toContain('precompile');
    expect(byFunction[0].cells).toBeGreaterThan(0);
    expect(status).toBe(0);
  });

  test('prints for people chips, functions and system calls', async () => {
    const { status, stdout } = await jitExecHere(['cost', guest('fibonacci.sp1'), '--input-u64', '20', '-q']);
    expect(stdout).toMatch(/^shards: 2 \(1 core, 0 precompile, 1 memory\), [\d,]+ cells$/m);
    expect(stdout).toMatch(/^gas: [\d,]+$/m);
    expect(stdout).toMatch(/^Global +[\d,]+ +[\d,]+$/m);
    expect(stdout).toMatch(/^function +instructions +cells$/m);
    expect(stdout).toMatch(/^HALT +1$/m);
    expect(status).toBe(0);
  });

  test('cuts by the thresholds that are given', async () => {
    const shards = async (...options: string[]): Promise<number> =>
      JSON.parse((await jitExecHere(['cost', BLOCK, '--input-u64', '1', '--json', ...options])).stdout).shards.length;
    expect(await shards('--element-threshold', '20000000')).toBeGreaterThan(await shards());
  });

  test.each([
    ['a program of another machine', [guest('fibonacci.rv64')], 76, 'expected machine sp1, got bare'],
    [
      'thresholds that SP1 cannot trace with',
      [BLOCK, '--element-threshold', '1000'],
      64,
      '--element-threshold: expected at least',
    ],
    ['accesses that SP1 has no row for', [guest('accesses.sp1')], 76, 'cannot be proved: an access below 2^16'],
    ['a run that is stopped', [BLOCK, '--input-u64', '1', '--max-cycles', '100000'], 124, '--max-cycles'],
  ])('ends on %s with its status', async (_what, args, status, text) => {
    const run = await jitExecHere(['cost', ...args]);
    expect(run.stdout + run.stderr).toContain(text);
    expect(run.status).toBe(status);
  });

  test('of a longer run takes no more memory', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { cost } from '${new URL('../../dist/src/verbs/cost.js', import.meta.url)}';
      const inputs = [new Uint8Array(BigUint64Array.of(BigInt(process.argv[1])).buffer)];
      const { instructions } = cost(readFileSync('${BLOCK}'), { inputs });
      console.log(instructions, process.resourceUsage().maxRSS);`;
    const [short, long] = ['1', '60'].map(n =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, n], { encoding: 'utf8' })
        .stdout.split(' ')
        .map(Number),
    ) as [[number, number], [number, number]];
    // The entries of a trace would have been 100 MB more, and events several times as much.
    expect(long[0] - short[0]).toBeGreaterThan(1e7);
    expect(long[1] - short[1]).toBeLessThan(64 * 1024);
  });
});
