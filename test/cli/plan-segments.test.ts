// `jit-exec plan`: segments of a guest of OpenVM.

import { describe, expect, it } from 'vitest';
import { TINY } from '../machine/openvm/programs.ts';
import { jitExecHere, scratch } from './command.ts';

const write = scratch();
const { elf_base64, metered, metered_cost, pure } = TINY['tiny-loop'];
const guest = write('tiny-loop.elf', new Uint8Array(Buffer.from(elf_base64, 'base64')));

describe('plan', () => {
  it('tells each segment with heights, reason and utilisation', async () => {
    const { status, stdout, stderr } = await jitExecHere([
      'plan',
      guest,
      '--json',
      '--quiet',
      '--max-rows',
      '600',
      '--check-every',
      '100',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { machine, instructions, segments, cost, exit } = JSON.parse(stdout);
    expect({ machine, instructions, cost, code: exit.code }).toEqual({
      machine: 'openvm',
      instructions: pure.instret,
      cost: metered_cost.cost,
      code: 0,
    });
    const expected = metered['rows=600,check=100']!;
    expect(segments.map((one: { instretStart: number }) => one.instretStart)).toEqual(
      expected.map(({ instret_start }) => instret_start),
    );
    expect(segments[0]).toMatchObject({ reason: 'rows', heights: { Connector: 2, BaseAlu: expected[0]!.heights[23] } });
    expect(segments[0].utilisation.rows).toBeGreaterThan(1);
    expect(segments.at(-1).reason).toBe('end');
  });

  it('says where no segment can be within a limit', async () => {
    const cuts = ['--max-cells', '5', '--check-every', '100'];
    const { status, stdout, stderr } = await jitExecHere(['plan', guest, '--json', ...cuts]);
    const { length } = JSON.parse(stdout).segments;
    expect(status).toBe(0);
    expect(stderr).toContain(
      `jit-exec: ${length} of ${length} segments are over a limit, since what runs between two checks is`,
    );
    expect((await jitExecHere(['plan', guest, '--max-rows', '2000', '--check-every', '100'])).stderr).not.toContain(
      'over a limit',
    );
  });

  it('prints a table, and what it comes to', async () => {
    const { status, stdout, stderr } = await jitExecHere([
      'plan',
      guest,
      '--openvm-version',
      '1.4.3',
      '--max-rows',
      '1024',
    ]);
    expect(status).toBe(0);
    const [head, first] = stdout.split('\n');
    expect(head!.trim().split(/ {2,}/)).toEqual(
      'segment,start,instructions,ends by,most rows,rows,cells,interactions'.split(','),
    );
    expect(first).toMatch(/^ +0 +0 +\d+ +rows /);
    expect(stderr).toMatch(/\d+ segments of 5957 instructions, cost 487829/);
  });

  it.each([
    [['--max-rows', '0'], /--max-rows: expected a number above 0/],
    [['--openvm-version', '2.0'], /openvm-version/],
    [['--machine', 'bare'], /is for machine bare; runs of sp1 and openvm are planned/],
  ])('refuses %s', async (more, text) => {
    const { status, stderr } = await jitExecHere(['plan', guest, ...more]);
    expect(status).toBeGreaterThanOrEqual(64);
    expect(stderr).toMatch(text);
  });
});
