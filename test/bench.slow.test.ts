import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Baseline, baselineOf, findLosses } from '../bench/baseline.ts';
import { chart } from '../bench/chart.ts';
import { chooseGuests, ROOT } from '../bench/guests.ts';
import { childSeconds, type Runner } from '../bench/measure.ts';
import { padElf } from '../bench/pad-elf.ts';
import { fastest, meanRatio, type Result } from '../bench/results.ts';
import { runBench, withSummary } from '../bench/run.ts';
import { measureShortRuns } from '../bench/short-runs.ts';
import { geometricMean, median } from '../bench/statistics.ts';
import { textTable } from '../bench/table.ts';
import { execute } from '../src/verbs/execute.ts';
import build from './build.ts';

const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

describe('the median', () => {
  test('is the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });

  test('has as many values below it as above it and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 9 }), values => {
        const copy = [...values];
        const middle = median(values);
        const below = values.filter(value => value < middle).length;
        const above = values.filter(value => value > middle).length;
        expect(values).toEqual(copy);
        expect(Math.max(below, above) * 2).toBeLessThanOrEqual(values.length);
      }),
    );
  });
});

describe('the geometric mean', () => {
  test('of 2 and 8 is 4; nothing and zero have none', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
    expect(() => geometricMean([])).toThrow(RangeError);
    expect(() => geometricMean([1, 0])).toThrow(RangeError);
  });

  test('of ratios turned over is the mean turned over', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 9 }), values => {
        expect(geometricMean(values.map(value => 1 / value)) * geometricMean(values)).toBeCloseTo(1, 9);
      }),
    );
  });
});

const resultOf = (guest: string, walls: Partial<Record<Runner, number>>): Result => ({
  guest,
  xlen: guest.endsWith('32') ? 32 : 64,
  instructions: 1_000_000,
  times: Object.fromEntries(Object.entries(walls).map(([runner, wall]) => [runner, { wall, cpu: wall, inside: null }])),
});
const before = [
  resultOf('a.rv32', { interpreter: 8, js: 2, qemu: 1 }),
  resultOf('b.rv32', { interpreter: 8, js: 1, qemu: 2 }),
];

describe('a comparison with the baseline', () => {
  const baseline: Baseline = baselineOf(before);

  test('keeps winners and ratios, no times', () => {
    expect(baseline['a.rv32']).toEqual({ winner: 'qemu', ratios: { 'js/interpreter': 0.25, 'js/qemu': 2 } });
    expect(fastest(before[1]!)).toBe('js');
    expect(meanRatio(before, 32, 'js', 'qemu')).toBeCloseTo(1, 12);
  });

  test('finds nothing on a machine that is twice as slow at everything', () => {
    const slower = [resultOf('a.rv32', { interpreter: 16, js: 4, qemu: 2 })];
    expect(findLosses(baseline, slower)).toEqual([]);
  });

  test('names a ratio that is worse by more than a quarter, and not one that is worse by less', () => {
    expect(findLosses(baseline, [resultOf('a.rv32', { interpreter: 8, js: 2.4, qemu: 1 })])).toEqual([]);
    expect(findLosses(baseline, [resultOf('a.rv32', { interpreter: 8, js: 2.6, qemu: 1 })])).toEqual([
      'a.rv32: js/interpreter was 0.25, is 0.325',
      'a.rv32: js/qemu was 2, is 2.6',
    ]);
  });

  test('names a winner that fell behind, and no runner that this machine lacks', () => {
    expect(findLosses(baseline, [resultOf('b.rv32', { interpreter: 20, js: 2.4, qemu: 2 })])).toContain(
      'b.rv32: js was fastest, qemu is, by 1.20x',
    );
    expect(findLosses(baseline, [resultOf('a.rv32', { interpreter: 8, js: 2 })])).toEqual([]);
  });
});

/** Tags that are not closed in the order they were opened in. */
function unclosed(xml: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name, rest] of xml.matchAll(/<(\/?)(\w+)([^>]*)>/g)) {
    if (slash === '/' && open.at(-1) === name) open.pop();
    else if (slash === '/' || !rest!.endsWith('/')) open.push(`${slash}${name}`);
  }
  return open;
}

describe('what a bench shows', () => {
  test('is a line for each guest and a mean for each XLEN', () => {
    const lines = textTable({ results: [...before, resultOf('a.rv64', { interpreter: 4, js: 1 })] }).split('\n');
    expect(lines.filter(line => /^[ab]\.rv/.test(line))).toHaveLength(3);
    expect(lines.find(line => line.startsWith('RV32, mean'))).toMatch(/5\.7x +1\.00$/);
    expect(lines.find(line => line.startsWith('RV64, mean'))).toMatch(/4\.0x +-$/);
  });

  test('compares runs, and whole processes in a line of its own', () => {
    const times = { js: { wall: 3, cpu: 3, inside: 2 }, qemu: { wall: 1, cpu: 1, inside: null } };
    const lines = textTable({ results: [{ ...before[0]!, times }] }).split('\n');
    expect(lines.find(line => line.startsWith('RV32, mean'))).toMatch(/ 2\.00$/);
    expect(lines.find(line => line.startsWith('RV32, process'))).toMatch(/ 3\.00$/);
  });

  test('is a chart of one bar for each engine, guest and mean', () => {
    const svg = chart({ results: before });
    expect(svg.match(/<rect class="js" [^>]*><title>/g)).toHaveLength(3);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(unclosed(svg)).toEqual([]);
  });

  test('takes the place of the old table in the README', () => {
    const host = { cpu: 'a processor', cores: 2, node: '20.0.0', qemu: '7.2' };
    const found = { schema: 1, host, rounds: 3, quick: false, results: before } as const;
    const text = withSummary('a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n', found);
    expect(text).toMatch(
      /^a\n<!-- bench -->\n\| guests [\s\S]*\| 2 × RV32 \| 1\.00 \| 5\.7 \|[\s\S]*\n<!-- \/bench -->\nb\n$/,
    );
  });
});

test('processor time is what the shell says of its children', () => {
  expect(childSeconds('0m0.00s 0m0.00s\n1m2.500s 0m0.250s\n')).toBe(62.75);
  expect(childSeconds('')).toBeUndefined();
});

test('guests are chosen by name or by build, and unknown ones refused', () => {
  expect(chooseGuests(['aes', 'lift.rv32c'], false).map(({ name }) => name)).toEqual([
    'aes.rv32',
    'aes.rv64',
    'lift.rv32c',
  ]);
  expect(chooseGuests([], true).every(({ name }) => /\.rv(32|64)$/.test(name))).toBe(true);
  expect(() => chooseGuests(['nope'], false)).toThrow('no guest nope');
});

test('a program with half a million more instructions does what it did', () => {
  const guest = chooseGuests(['bigfunc.rv64'], true)[0]!;
  const small = readFileSync(guest.path);
  const large = padElf(small, { instructions: 500_000, symbols: 20_000 });
  expect(large.length).toBeGreaterThan(3_000_000);
  const [a, b] = [small, large].map(bytes => {
    let text = '';
    const stdout = (piece: Uint8Array): void => {
      text += new TextDecoder().decode(piece);
    };
    const { exit, instructions } = execute(bytes, { args: guest.args, stdout, engine: 'interpreter' });
    return { text, kind: exit.kind, instructions };
  });
  expect(b).toEqual(a);
  expect(a).toMatchObject({ kind: 'halted', instructions: guest.instructions });
});

describe('a quick run', () => {
  beforeAll(build, 300_000);

  test('measures every runner there is on a small guest, in fresh processes', () => {
    const { results, host } = runBench({ guests: chooseGuests(['bigfunc.rv32'], true), rounds: 1, quick: true });
    expect(host.node).toBe(process.versions.node);
    expect(results).toHaveLength(1);
    for (const runner of ['interpreter', 'js'] as const) {
      const { wall, inside } = results[0]!.times[runner]!;
      expect(inside).toBeGreaterThan(0);
      expect(wall).toBeGreaterThan(inside!);
    }
  });
});

describe('a short run', () => {
  beforeAll(build, 300_000);

  test('is a ratio of two engines on the same instructions', () => {
    const guests = chooseGuests(['bigfunc.rv64'], false);
    const runs = measureShortRuns(guests, { instructions: 1000, rounds: 1 });
    expect(runs.map(({ guest }) => guest)).toEqual(['bigfunc.rv64']);
    expect(runs[0]!.ratio).toBeGreaterThan(0);
  });

  test('of a guest that ends before is refused', () => {
    const guests = chooseGuests(['bigfunc.rv64'], true);
    expect(() => measureShortRuns(guests, { instructions: 1e9, rounds: 1 })).toThrow('expected a limit, got status 0');
  });
});

test('the chart in bench/results is drawn from the numbers beside it', () => {
  const results = join(ROOT, 'bench/results');
  const found = JSON.parse(readFileSync(join(results, 'results.json'), 'utf8'));
  expect(readFileSync(join(results, 'chart.svg'), 'utf8')).toBe(chart(found));
  const baseline = JSON.parse(readFileSync(join(ROOT, 'bench/baseline.json'), 'utf8'));
  expect(baseline).toMatchObject(baselineOf(found.results));
});
