import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readShard } from '../../runtime/columns/shard-file.ts';
import { deepTest } from '../depth.ts';
import { guest, jitExec, type Outcome } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-shards-'));
afterAll(() => rmSync(root, { recursive: true }));

const vectors = JSON.parse(
  gunzipSync(readFileSync(new URL('../vectors/sp1-shards.json.gz', import.meta.url))).toString(),
);
const recorded = (name: string) => vectors.runs.find((run: { name: string }) => run.name === name);

function traced(name: string, ...more: readonly string[]): { outcome: Outcome; shards: readonly ReportedShard[] } {
  const directory = mkdtempSync(join(root, 'trace-'));
  const outcome = jitExec(['trace', guest(name), '-o', directory, '--until', 'shards', ...more]);
  const { shards } = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  return { outcome, shards };
}

interface ReportedShard {
  readonly kind: string;
  readonly syscall?: string;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly pcStart: string;
  readonly pcEnd: string;
  readonly chips: readonly { name: string; rows: number; realRows: number }[];
  readonly unprovable?: unknown;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
// biome-ignore lint/suspicious/noExplicitAny: a recorded shard
const inOurForm = (shard: any) => ({
  kind: shard.kind,
  ...(shard.code === undefined ? {} : { syscall: shard.code }),
  clkStart: shard.clk[0],
  clkEnd: shard.clk[1],
  pcStart: hex(shard.pc[0]),
  pcEnd: hex(shard.pc[1]),
  chips: (shard.chips ?? []).map(([name, rows, , realRows]: [string, number, number, number]) => ({
    name,
    rows,
    realRows,
  })),
});
const plain = (shards: readonly ReportedShard[]): unknown[] =>
  shards.map(({ kind, syscall, clkStart, clkEnd, pcStart, pcEnd, chips }) => ({
    kind,
    ...(syscall === undefined ? {} : { syscall }),
    clkStart,
    clkEnd,
    pcStart,
    pcEnd,
    chips,
  }));

describe('trace --until shards', () => {
  deepTest('lists the shards of SP1, with memory events in shards of their own or packed', () => {
    const { shards, memoryShards } = recorded('precompiles-area');
    const options = ['-q', '--element-threshold', '4500000', '--workers', '2'];
    const separate = traced('precompiles.sp1', ...options);
    expect(separate.outcome).toMatchObject({ status: 0, stderr: '' });
    const others = shards.filter(({ kind }: { kind: string }) => kind !== 'memory');
    expect(plain(separate.shards)).toEqual([...others, ...memoryShards].map(inOurForm));
    const packed = traced('hints.sp1', '-q', '--memory-shards', 'packed', ...HINTS);
    expect(packed.outcome.status).toBe(3);
    expect(plain(packed.shards)).toEqual(recorded('hints').shards.map(inOurForm));
  });

  test('adds with --until records what their records hold, and their public values', () => {
    const directory = mkdtempSync(join(root, 'trace-'));
    const run = recorded('echo');
    const inputs = ['--input-u64', '8391086132249161760', '--input-hex', '', '--input-hex', '00'.repeat(33)];
    const outcome = jitExec([
      'trace',
      guest('echo.sp1'),
      '-o',
      directory,
      '-q',
      '--until',
      'records',
      '--json',
      ...inputs,
    ]);
    expect(outcome.status).toBe(0);
    const { shards } = JSON.parse(outcome.stdout);
    expect(shards).toEqual(JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')).shards);
    const [memory] = run.memoryShards;
    const padded = [...memory.publicValues, ...new Array(160 - memory.publicValues.length).fill(0)].fill(0, 130, 144);
    expect(shards[1].publicValues).toEqual(padded);
    const { byte_lookups: _lookups, ...events } = memory.events;
    expect(shards[1].events).toEqual(events);
    expect(shards[0].events.cpu_event_count).toBe(run.cycles);
  });

  test('makes with --until traces the columns of every chip, in files too', () => {
    const directory = mkdtempSync(join(root, 'trace-'));
    const run = recorded('fibonacci-20');
    const options = ['--until', 'traces', '--memory-shards', 'packed', '--input-u64', '20'];
    const outcome = jitExec(['trace', guest('fibonacci.sp1'), '-o', directory, '-q', ...options]);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const { shards, preprocessed } = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
    expect(shards.length).toBe(1);
    const [shard] = shards;
    const chips = shard.chips.map((chip: Record<string, unknown>) =>
      [chip.name, chip.rows, chip.columns, chip.realRows, chip.sha256, chip.orderFreeSha256].filter(
        value => value !== undefined,
      ),
    );
    expect(chips).toEqual(run.shards[0].chips);
    expect(shard.absent).toEqual(run.shards[0].absent);
    expect(shard.publicValues.slice(130, 144)).toEqual(run.shards[0].publicValues.slice(130, 144));
    expect(preprocessed.map((one: Record<string, unknown>) => [one.name, one.rows, one.columns, one.sha256])).toEqual(
      vectors.elfs['fibonacci.sp1.elf'].preprocessed,
    );
    const file = readShard(new Uint8Array(readFileSync(join(directory, shard.file))));
    const add = file.chips.find(({ name }) => name === 'Add')!;
    const rows = Array.from({ length: add.rows }, (_, row) => add.columns.map((_name, i) => add.column(i)[row]!));
    const digest = createHash('sha256')
      .update(new Uint8Array(Uint32Array.from(rows.flat()).buffer))
      .digest('hex');
    expect(digest).toBe(run.shards[0].chips.find(([name]: [string]) => name === 'Add')[4]);
    expect(jitExec(['trace', '--check', directory, '-q'])).toMatchObject({ status: 0 });
  });

  deepTest('makes only digests, or only one shard, where that is asked for', () => {
    const directory = mkdtempSync(join(root, 'trace-'));
    const options = ['--until', 'traces', '--digests-only', '--only-shard', '1', '--input-u64', '20'];
    const outcome = jitExec(['trace', guest('fibonacci.sp1'), '-o', directory, '-q', ...options]);
    expect(outcome.status).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(['chunk-000000.bin', 'index.json']);
    const { shards } = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
    expect(shards.map(({ index, kind }: { index: number; kind: string }) => [index, kind])).toEqual([[1, 'memory']]);
    const init = shards[0].chips.find(({ name }: { name: string }) => name === 'MemoryGlobalInit');
    const [, , , , expected] = recorded('fibonacci-20').memoryShards[0].chips.find(
      ([name]: [string]) => name === 'MemoryGlobalInit',
    );
    expect(init.sha256).toBe(expected);
    const plain = jitExec(['trace', guest('fibonacci.sp1'), '-o', directory, '--digests-only']);
    expect(plain).toMatchObject({ status: 64 });
  });

  deepTest('says which shards SP1 cannot trace, and makes the others', () => {
    const { outcome, shards } = traced('accesses.sp1', '--element-threshold', '10000000');
    expect(outcome.status).toBe(76);
    expect(outcome.stderr).toContain('shard 3 cannot be proved: an access below 2^16');
    const expected = recorded('accesses-area').shards.map(({ panic }: { panic?: string }) => panic !== undefined);
    expect(shards.slice(0, -1).map(({ unprovable }) => unprovable !== undefined)).toEqual(expected);
    expect(shards[0]!.unprovable).toMatchObject({ address: '0x0' });
    expect(shards[0]!.chips).toEqual([]);
  });

  deepTest('keeps the shards that a run completed before it was stopped', () => {
    const options = ['--element-threshold', '4500000', '--max-cycles', '200000'];
    const { outcome, shards } = traced('precompiles.sp1', ...options);
    expect(outcome.status).toBe(124);
    const whole = recorded('precompiles-area').shards.slice(0, shards.length).map(inOurForm);
    expect(shards.length).toBe(4);
    expect(plain(shards)).toEqual(whole);
  });

  deepTest('drops what a run was in the middle of when it was stopped in unconstrained code', () => {
    for (const cycles of ['6000', '6300']) {
      const { outcome, shards } = traced('unconstrained.sp1', '--input-u64', '99', '--max-cycles', cycles);
      expect(outcome.status).toBe(124);
      expect(shards).toEqual([]);
    }
  });

  deepTest('refuses thresholds that SP1 cannot trace with, and programs that have no shards', () => {
    const refused = (name: string, ...more: readonly string[]): Outcome =>
      jitExec(['trace', guest(name), '-o', join(root, 'none'), '--until', 'shards', ...more]);
    const small = refused('precompiles.sp1', '--element-threshold', '1M');
    expect(small).toMatchObject({ status: 64 });
    expect(small.stderr).toContain('--element-threshold: expected at least 3720032');
    expect(refused('precompiles.sp1', '--height-threshold', '4639').stderr).toContain('expected at least 4640');
    expect(refused('sort.rv64')).toMatchObject({ status: 76 });
  });
});

const HINTS = [
  ['--input-hex', ''],
  ['--input-u64', '255'],
  ...[1, 7, 8, 9, 100].map(n => ['--input-hex', '00'.repeat(n)]),
].flat();
