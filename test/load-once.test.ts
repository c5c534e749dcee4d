import { readFileSync } from 'node:fs';
import { beforeEach, expect, it, test, vi } from 'vitest';
import * as elves from '../codegen/elf/elf.ts';
import type { Arguments } from '../src/command/command.ts';
import type { RunRequest } from '../src/command/threads/guest/guest-outcome.ts';
import { isOpenVm } from '../src/command/verbs/machine-of.ts';
import { checkMachine } from '../src/command/verbs/run/run.ts';
import * as loaders from '../src/machine/guest.ts';
import { prepare } from '../src/prepare.ts';
import { cost } from '../src/verbs/cost.ts';
import { dumpFunction } from '../src/verbs/dump.ts';
import { execute } from '../src/verbs/execute.ts';
import { plan } from '../src/verbs/plan.ts';
import { profileRun } from '../src/verbs/profile-run.ts';
import { trace } from '../src/verbs/trace.ts';
import { guestBytes } from './machine/sp1/guest-runs.ts';

vi.mock('../src/machine/guest.ts', async original => {
  const all = await original<typeof loaders>();
  return { ...all, loadGuest: vi.fn(all.loadGuest), makeMachine: vi.fn(all.makeMachine) };
});

vi.mock('../codegen/elf/elf.ts', async original => {
  const all = await original<typeof elves>();
  return { ...all, parseElf: vi.fn(all.parseElf) };
});

const guest = guestBytes('fibonacci');
const inputs = [new Uint8Array(BigUint64Array.of(20n).buffer)];
const openvmInputs = ['0102030405060708090a0b', 'aabbccdd'].map(hex => new Uint8Array(Buffer.from(hex, 'hex')));
const openvm = new Uint8Array(readFileSync(new URL('../examples/guests/bin/tiny-ops.openvm.elf', import.meta.url)));

beforeEach(() => {
  vi.clearAllMocks();
});

it.each([
  ['run', () => execute(guest, { inputs })],
  ['run with a report', () => execute(guest, { inputs, report: true })],
  ['run with a profile', () => execute(guest, { inputs, profile: 'instructions' })],
  ['traced run', () => trace(guest, { inputs, onChunk: () => undefined })],
  ['run that is told its cost', () => cost(guest, { inputs })],
  ['run that is profiled for a plan', () => profileRun(guest, { inputs }).result],
  ['metered run of OpenVM', () => plan(openvm, { inputs: openvmInputs })],
] as const)('a guest is loaded once and has one machine in a %s', (_, verb) => {
  expect(verb().exit.kind).toBe('halted');
  expect(loaders.loadGuest).toHaveBeenCalledTimes(1);
  expect(loaders.makeMachine).toHaveBeenCalledTimes(1);
});

test('a prepared guest is loaded once for all its runs', () => {
  const prepared = prepare(guest);
  for (let i = 0; i < 2; i++) expect(prepared.run({ inputs }).exit.kind).toBe('halted');
  expect(loaders.loadGuest).toHaveBeenCalledTimes(1);
});

test('a guest whose code is shown is loaded once', () => {
  expect(dumpFunction(guest, 'main')).toContain('function');
  expect(loaders.loadGuest).toHaveBeenCalledTimes(1);
});

test('a file that the command looks at for its machine, checks against the one that was named and loads is read once', async () => {
  const bytes = guest.slice();
  const named = { machine: 'sp1', program: 'fibonacci' } as unknown as Arguments;
  expect(isOpenVm({ ...named, machine: 'auto' }, bytes)).toBe(false);
  await checkMachine({ bytes, name: 'fibonacci' } as RunRequest, named);
  expect(loaders.loadGuest(bytes, 'fibonacci', 'auto').machine).toBe('sp1');
  expect(elves.parseElf).toHaveBeenCalledTimes(1);
});
