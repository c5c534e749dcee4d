// `jit-exec cost` of a guest of OpenVM.

import { describe, expect, it } from 'vitest';
import { AIRS } from '../../src/machine/openvm/airs.ts';
import { costSegments } from '../../src/verbs/cost-segments.ts';
import { TINY } from '../machine/openvm/programs.ts';
import { jitExecHere, scratch } from './command.ts';

const write = scratch();
const { elf_base64, metered, metered_cost, pure } = TINY['tiny-loop'];
const bytes = new Uint8Array(Buffer.from(elf_base64, 'base64'));
const guest = write('tiny-loop.elf', bytes);

describe('cost of an OpenVM guest', () => {
  it('has the rows and the cost of upstream’s metered mode', async () => {
    const options = ['--max-rows', '600', '--check-every', '100'];
    const { status, stdout, stderr } = await jitExecHere(['cost', guest, '--json', '-q', ...options]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const printed = JSON.parse(stdout);
    const upstream = metered['rows=600,check=100']!;
    const rowsOf = (chips: readonly { name: string; rows: number }[]): number[] =>
      AIRS.map(({ name }) => chips.find(one => one.name === name)?.rows ?? 0);
    expect(printed.segments.map((one: { chips: [] }) => rowsOf(one.chips))).toEqual(upstream.map(one => one.heights));
    expect([printed.cost, printed.instructions]).toEqual([metered_cost.cost, pure.instret]);
    const sum = (list: readonly { cells: number; instructions?: number }[], of: 'cells' | 'instructions'): number =>
      list.reduce((all, one) => all + one[of]!, 0);
    expect([sum(printed.chips, 'cells'), sum(printed.segments, 'cells')]).toEqual([printed.cells, printed.cells]);
    // No hints, so that all of the cost is some function's.
    expect([sum(printed.byFunction, 'cells'), sum(printed.byFunction, 'instructions')]).toEqual([
      metered_cost.cost,
      pure.instret,
    ]);
    expect(printed.peaks.guestBytes).toBeGreaterThan(0);
    const given = JSON.parse(
      JSON.stringify(
        costSegments(bytes, { name: guest, limits: { rows: 600 }, checkEvery: 100, openvmVersion: '1.4.0' }),
      ),
    );
    for (const each of [printed, given]) for (const time of ['seconds', 'mips']) delete each[time];
    expect(given).toEqual(printed);
  });

  it('is a table for people', async () => {
    const { status, stdout } = await jitExecHere(['cost', guest, '-q']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^segments: 1, [\d,]+ cells, cost 487,829$/m);
    expect(stdout).toMatch(/^AIR +rows +cells$/m);
    expect(stdout).toMatch(/^BaseAlu +[\d,]+ +[\d,]+$/m);
    expect(stdout).toMatch(/^segment +start +instructions +cells$/m);
    expect(stdout).toMatch(/^unknown +5,957 +487,829$/m);
  });
});
