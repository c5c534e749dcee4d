// What goes wrong in a thread that makes shards, made to go wrong in the command itself.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { deepTest } from '../depth.ts';
import { guest, jitExec, type Outcome } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-sabotage-'));
afterAll(() => rmSync(root, { recursive: true }));
const SABOTEUR = new URL('./saboteur.mjs', import.meta.url).href;
const addi = sp1Chip('Addi');

interface Told {
  readonly outcome: Outcome;
  readonly directory: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the command tells
  readonly json: any;
}

function trace(sabotage: string, at: number, ...more: readonly string[]): Told {
  const directory = join(mkdtempSync(join(root, 'trace-')), 'out');
  const line = ['trace', guest('fibonacci.sp1'), '-o', directory, '-q', '--json', '--until', 'traces'];
  const env = { NODE_OPTIONS: `--import ${SABOTEUR}`, SABOTAGE: sabotage, SABOTAGE_AT: String(at) };
  const args = ['--input-u64', '20', '--chunk-entries', '300', '--workers', '1', ...more];
  const outcome = jitExec([...line, ...args], { env });
  return { outcome, directory, json: JSON.parse(outcome.stdout) };
}

describe('--verify', () => {
  test('names a cell that is not what its event says', () => {
    const column = addi.columns.findIndex(({ name }) => name === 'add_op.value[1]');
    const { outcome, json } = trace('cell', column, '--verify', '--digests-only', '--only-shard', '0');
    const own = json.verify.failures.filter(
      ({ chip, row }: { chip: string; row: number }) => chip === 'Addi' && row === 0,
    );
    expect(own.some(({ columns }: { columns: string[] }) => columns.includes('add_op.value[1]'))).toBe(true);
    expect(own.every(({ shard, event }: { shard: number; event: object }) => shard === 0 && 'pc' in event)).toBe(true);
    expect(outcome.status).toBe(65);
  });

  deepTest('finds an event that never was by what it leaves on the buses: its row alone is honest', () => {
    const { offset } = addi.event.fields.get('b')!;
    const { outcome, json } = trace('event', offset, '--verify', '--digests-only');
    const rules: string[] = json.verify.failures.map(({ rule }: { rule: string }) => rule);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter(rule => !/on bus Memory is/.test(rule))).toEqual([]);
    expect(outcome.status).toBe(65);
  });
});

const expectFirst = ({ directory }: Told): void => {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  expect(index).toMatchObject({ shardsComplete: false, exit: { kind: 'halted' } });
  expect(index.shards.map(({ file }: { file: string }) => file)).toEqual(['shard-000000.bin']);
  expect(readdirSync(directory).sort()).toEqual([
    ...index.chunks.map(({ file }: { file: string }) => file),
    'index.json',
    'shard-000000.bin',
  ]);
  const check = jitExec(['trace', '--check', directory, guest('fibonacci.sp1'), '-q', '--json']);
  expect(JSON.parse(check.stdout).verify).toMatchObject({ failureCount: 0, isWhole: false });
  expect(check.status).toBe(0);
};

deepTest('when a thread dies, what was complete is in the index', () => {
  const told = trace('exit', 0);
  expect(told.json.error).toMatchObject({ code: 'ENVIRONMENT', message: expect.stringMatching(/a thread .* ended/) });
  expect(told.outcome.status).toBe(76);
  expectFirst(told);
});

deepTest('when the disk is full, what was complete is in the index', () => {
  const told = trace('disk', 0);
  expect(told.json.error).toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringMatching(/ENOSPC/) });
  expect(told.outcome.status).toBe(74);
  expectFirst(told);
});
