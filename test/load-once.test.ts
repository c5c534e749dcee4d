import { beforeEach, expect, it, vi } from 'vitest';
import { execute } from '../src/execute.ts';
import * as loaders from '../src/machine/guest.ts';
import { trace } from '../src/trace.ts';
import { guestBytes } from './machine/sp1/guest-runs.ts';

vi.mock('../src/machine/guest.ts', async original => {
  const all = await original<typeof loaders>();
  return { ...all, loadGuest: vi.fn(all.loadGuest), makeMachine: vi.fn(all.makeMachine) };
});

const guest = guestBytes('fibonacci');
const inputs = [new Uint8Array(BigUint64Array.of(20n).buffer)];

beforeEach(() => {
  vi.clearAllMocks();
});

it.each([
  ['run', () => execute(guest, { inputs })],
  ['run with a report', () => execute(guest, { inputs, report: true })],
  ['traced run', () => trace(guest, { inputs, onChunk: () => undefined })],
] as const)('a guest is loaded once and has one machine in a %s', (_, verb) => {
  expect(verb().exit.kind).toBe('halted');
  expect(loaders.loadGuest).toHaveBeenCalledTimes(1);
  expect(loaders.makeMachine).toHaveBeenCalledTimes(1);
});
