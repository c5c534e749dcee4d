// Columns on a GPU by the command: the digests are the processor's.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canHaveSwiftShader } from '../../runtime/gpu/swiftshader.node.ts';
import { TINY } from '../machine/openvm/programs.ts';
import { guest, jitExec } from './command.ts';
import { expectUpstream, inputOptions } from './segments.ts';

interface Chip {
  readonly name: string;
  readonly sha256: string;
  readonly device: string;
}

const root = mkdtempSync(join(tmpdir(), 'jit-exec-gpu-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const profile = join(root, 'gpu.json');

interface TraceEvent {
  readonly ph: string;
  readonly cat?: string;
  readonly name: string;
  readonly dur?: number;
  readonly args?: { readonly bytes?: number };
}

function traced(...options: readonly string[]): { readonly chips: readonly Chip[]; readonly publicValues: unknown } {
  const directory = mkdtempSync(join(root, 'trace-'));
  const args = ['trace', guest('fibonacci.sp1'), '-o', directory, '-q', '--input-u64', '20'];
  const { status } = jitExec([...args, '--until', 'traces', '--digests-only', ...options]);
  expect(status).toBe(0);
  const { shards } = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  return {
    chips: shards.flatMap((shard: { chips: readonly Chip[] }) => shard.chips),
    publicValues: shards.map((shard: { publicValues: unknown }) => shard.publicValues),
  };
}

test.skipIf(!canHaveSwiftShader())('whole shards on a GPU have the digests of the processor', () => {
  const [cpu, gpu] = [
    traced('--gpu', 'off'),
    traced('--gpu', 'on', '--gpu-adapter', 'swiftshader', '--gpu-profile', profile),
  ];
  const named = ({ chips }: typeof cpu): string[] => chips.map(({ name, sha256 }) => `${name} ${sha256}`);
  expect(named(gpu)).toEqual(named(cpu));
  expect(gpu.publicValues).toEqual(cpu.publicValues);
  expect(cpu.chips.filter(({ device }) => device === 'gpu')).toEqual([]);
  expect(gpu.chips.length).toBeGreaterThan(30);
  expect(gpu.chips.filter(({ device }) => device !== 'gpu')).toEqual([]);
  const { traceEvents }: { traceEvents: readonly TraceEvent[] } = JSON.parse(readFileSync(profile, 'utf8'));
  const of = (kind: string): readonly TraceEvent[] => traceEvents.filter(({ ph, cat }) => ph === 'X' && cat === kind);
  const names = new Set(of('kernel').map(({ name }) => name));
  expect([...names].some(name => name.includes('Add'))).toBe(true);
  expect(traceEvents.every(({ ph, dur }) => ph === 'M' || dur! >= 0)).toBe(true);
  const bytes = of('download').reduce((sum, { args }) => sum + args!.bytes!, 0);
  // All columns came down.
  expect(bytes).toBeGreaterThan(4 * 33 * 32);
  expect(of('upload').length).toBeGreaterThan(20);
});

test.skipIf(!canHaveSwiftShader())('segments of OpenVM on a GPU have the digests of upstream, AIR by AIR', () => {
  const program = join(root, 'tiny-ops.elf');
  writeFileSync(program, Buffer.from(TINY['tiny-ops'].elf_base64, 'base64'));
  const { status, stdout, stderr } = jitExec([
    ...[
      'trace',
      program,
      '-o',
      join(root, 'segments'),
      '--until',
      'traces',
      '--digests-only',
      '--verify',
      '--json',
      '-q',
    ],
    ...['--gpu', 'on', '--gpu-adapter', 'swiftshader', '--gpu-profile', profile, ...inputOptions(TINY['tiny-ops'])],
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'hi\n' });
  const { segments, gpu, verify } = JSON.parse(stdout);
  expectUpstream(segments, TINY['tiny-ops'].traces.default!.segments);
  expect(gpu).toMatchObject({ adapter: expect.stringMatching(/swiftshader/i), software: true });
  expect(verify).toMatchObject({ failureCount: 0, isWhole: true });
  const airs: readonly Chip[] = segments.flatMap(({ airs }: { airs: readonly Chip[] }) => airs);
  const ofHost = airs.filter(({ device }) => device !== 'gpu').map(({ name }) => name);
  expect(ofHost).toEqual(['Program', 'RangeTuple', 'Bitwise', 'VarRange']);
  expect(airs.length).toBeGreaterThan(20);
  expect(JSON.parse(readFileSync(profile, 'utf8')).traceEvents.map(({ name }: TraceEvent) => name)).toContain(
    'openvm_Poseidon2',
  );
});
