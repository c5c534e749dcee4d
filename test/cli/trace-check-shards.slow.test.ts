// Folders of shards that were tampered with: `trace --check` names what is wrong, all of it.

import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readShard } from '../../runtime/columns/shard-file.ts';
import { guest, jitExec, type Outcome } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-check-'));
const whole = join(root, 'whole');
const digests = join(root, 'digests');
const INPUTS = ['--input-u64', '20', '--chunk-entries', '300'];

beforeAll(() => {
  const trace = (directory: string, ...more: string[]): Outcome =>
    jitExec(['trace', guest('fibonacci.sp1'), '-o', directory, '-q', '--until', 'traces', ...INPUTS, ...more]);
  expect(trace(whole, '--verify')).toMatchObject({ status: 0, stderr: '' });
  expect(trace(digests, '--digests-only').status).toBe(0);
}, 300_000);
afterAll(() => rmSync(root, { recursive: true }));

interface Found {
  readonly shard?: number;
  readonly chip?: string;
  readonly row?: number;
  readonly columns: readonly string[];
  readonly rule: string;
  readonly values: readonly unknown[];
}

/** A copy of a folder, changed, and what a check of it finds. */
function checked(
  from: string,
  change: (directory: string) => void,
): { status: number | null; failures: Found[]; outcome: Outcome } {
  const directory = mkdtempSync(join(root, 'copy-'));
  cpSync(from, directory, { recursive: true });
  change(directory);
  const outcome = jitExec(['trace', '--check', directory, guest('fibonacci.sp1'), '-q', '--json']);
  const { verify } = JSON.parse(outcome.stdout);
  return { status: outcome.status, failures: verify?.failures ?? [], outcome };
}

const shard = (i: number): string => `shard-00000${i}.bin`;

function flip(directory: string, i: number, name: string, row: number, column: number): void {
  const path = join(directory, shard(i));
  const bytes = new Uint8Array(readFileSync(path));
  const chip = readShard(bytes).chips.find(one => one.name === name)!;
  const view = chip.column(column);
  view[row] = view[row]! ^ 1;
  writeFileSync(path, bytes);
}

// biome-ignore lint/suspicious/noExplicitAny: an index
function edit(directory: string, change: (index: any) => void): void {
  const path = join(directory, 'index.json');
  const index = JSON.parse(readFileSync(path, 'utf8'));
  change(index);
  writeFileSync(path, JSON.stringify(index));
}

const dropChunks = (directory: string): void => {
  for (const name of readdirSync(directory)) if (name.startsWith('chunk-')) unlinkSync(join(directory, name));
};

describe('trace --check of shards', () => {
  test('finds nothing in what was traced, with chunks and without', () => {
    expect(checked(whole, () => {})).toMatchObject({ status: 0, failures: [] });
    expect(checked(whole, dropChunks)).toMatchObject({ status: 0, failures: [] });
    expect(checked(digests, () => {})).toMatchObject({ status: 0, failures: [] });
  });

  test('names a cell that was changed, by what the chunks give and by the rules that it breaks', () => {
    const { status, failures } = checked(whole, directory => flip(directory, 1, 'Addi', 3, 26));
    expect(status).toBe(65);
    const own = failures.filter(({ chip, row }) => chip === 'Addi' && row === 3);
    const column = 'add_op.value[1]';
    expect(own[0]).toMatchObject({ shard: 1, columns: [column], rule: expect.stringContaining('the chunks give') });
    expect(own.some(({ rule }) => /carry/.test(rule))).toBe(true);
    expect(failures.some(({ rule }) => rule.includes('SHA-256'))).toBe(true);
    const alone = checked(whole, directory => {
      dropChunks(directory);
      flip(directory, 1, 'Addi', 3, 26);
    });
    expect(
      alone.failures.some(({ chip, row, columns }) => chip === 'Addi' && row === 3 && columns.includes(column)),
    ).toBe(true);
  });

  test('names files that are swapped, missing, truncated or too many', () => {
    const swapped = checked(whole, directory => {
      const [a, b] = [0, 1].map(i => readFileSync(join(directory, shard(i))));
      writeFileSync(join(directory, shard(0)), b!);
      writeFileSync(join(directory, shard(1)), a!);
    });
    // Shard 0 may alone have more failures than are listed.
    expect(swapped.failures).toContainEqual(
      expect.objectContaining({ shard: 0, rule: 'the file is of sp1 0 KoalaBear' }),
    );
    const damaged = checked(whole, directory => {
      unlinkSync(join(directory, shard(0)));
      truncateSync(join(directory, shard(1)), 100_000);
      writeFileSync(join(directory, shard(9)), '');
    });
    expect(damaged.failures).toContainEqual(
      expect.objectContaining({ shard: 0, rule: expect.stringContaining(shard(0)) }),
    );
    expect(damaged.failures).toContainEqual(
      expect.objectContaining({ shard: 1, rule: expect.stringMatching(/^shard: expected \d+ bytes/) }),
    );
    expect(damaged.failures).toContainEqual(expect.objectContaining({ values: [shard(9)] }));
    for (const one of [swapped, damaged]) expect(one.status).toBe(65);
  });

  test('names all that the index says wrong', () => {
    // biome-ignore lint/suspicious/noExplicitAny: an index
    const changes: readonly (readonly [change: (index: any) => void, shard: number | undefined, rule: RegExp])[] = [
      [index => index.shards[1].clkEnd++, 1, /^clkEnd/],
      [index => (index.shards[0].kind = 'memory'), 0, /^kind/],
      [index => (index.shards[0].chips[0].rows += 32), 0, /^rows of Program/],
      [index => index.shards[0].chips[4].realRows--, 0, /^realRows of/],
      [index => (index.shards[0].chips[3].sha256 = '0'.repeat(64)), 0, /SHA-256/],
      [index => index.shards[1].publicValues[80]++, 1, /^publicValues\[80\]/],
      [index => index.shards[1].chips.splice(2, 1), 1, /^chips/],
      [index => index.shards[1].events.cpu_event_count++, 1, /^events/],
      [index => index.preprocessed[0].rows++, undefined, /^preprocessed/],
    ];
    for (const from of [whole, digests]) {
      const { status, failures } = checked(from, directory =>
        edit(directory, index => changes.map(([change]) => change(index))),
      );
      expect(status).toBe(65);
      for (const [, at, rule] of changes) {
        const named = failures.filter(one => rule.test(one.rule) && one.shard === at);
        expect([rule, named.length > 0]).toEqual([rule, true]);
      }
    }
  });

  test('names a shard that is not listed, and what other thresholds would have made', () => {
    const dropped = checked(digests, directory => edit(directory, index => index.shards.pop()));
    expect(dropped.failures).toContainEqual(expect.objectContaining({ shard: 2, rule: 'the shard is in index.json' }));
    const packed = checked(digests, directory => edit(directory, index => (index.cuts.memoryShards = 'packed')));
    expect(packed.failures).toContainEqual(expect.objectContaining({ shard: 2, rule: 'the run has such a shard' }));
  });

  test('of digests alone is refused without chunks, and tells that it is not supported', () => {
    const { status, outcome } = checked(digests, dropChunks);
    expect(status).toBe(76);
    expect(outcome.stdout).toContain('there are no chunks');
  });

  test.each(['shards', 'records'])('compares what --until %s says', until => {
    const directory = mkdtempSync(join(root, 'plan-'));
    expect(jitExec(['trace', guest('fibonacci.sp1'), '-o', directory, '-q', '--until', until, ...INPUTS]).status).toBe(
      0,
    );
    const { failures } = checked(directory, copy => edit(copy, index => index.shards[1].memReads++));
    expect(failures).toEqual([expect.objectContaining({ shard: 1, rule: expect.stringMatching(/^memReads/) })]);
  });
});
