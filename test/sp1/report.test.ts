// Reports of runs: gas, opcodes and local rows against SP1's own estimator.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { execute, prepareCounted, resultOf } from '../../src/execute.ts';
import recorded from '../vectors/sp1-gas.json' with { type: 'json' };
import { guestBytes, inputBytes } from './guest-runs.ts';

const folder = process.env.JIT_EXEC_SP1_GUESTS;
// SP1's own guests are not part of this package: see upstream-guests.test.ts.
const runs = recorded.runs.filter(({ guest }) => folder !== undefined || !guest.endsWith('.elf'));
const bytesOf = (guest: string): Uint8Array =>
  guest.endsWith('.elf') ? readFileSync(join(folder!, guest)) : guestBytes(guest);

describe('gas and opcodes are those of SP1’s estimator', () => {
  test.each(runs.map(run => [`${run.guest} ${run.inputs.join(' ')} by ${run.gasChunkEntries}`, run] as const))(
    '%s',
    (_title, run) => {
      const inputs = run.inputs.map(text => inputBytes(text));
      const executor = prepareCounted(bytesOf(run.guest), { inputs }, run.gasChunkEntries);
      const { report, instructions } = resultOf(executor, executor.run(), 1);
      expect([report!.rawGas, report!.gas]).toEqual([run.rawGas, run.gas]);
      expect(report!.opcodes).toEqual(run.opcodes);
      expect(Object.values(report!.opcodes).reduce((sum, n) => sum + n, 0)).toBe(instructions);
    },
    30_000,
  );
});

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

describe('a report', () => {
  const inputs = [inputBytes('u64:20')];

  test('changes nothing else of the result', () => {
    const { report, ...counted } = execute(guestBytes('fibonacci'), { inputs, report: true });
    const plain = execute(guestBytes('fibonacci'), { inputs, engine: 'interpreter' });
    expect(counted).toEqual({ ...plain, seconds: counted.seconds, mips: counted.mips });
    expect(plain.report).toBeUndefined();
    expect(report!.touchedBytes).toBeGreaterThan(0);
    expect(report!.touchedBytes % 8).toBe(0);
    expect(report!.stackBytes).toBeGreaterThan(0);
  });

  test('of a run that did not halt counts what was executed and has no gas', () => {
    const { report, exit } = execute(guestBytes('fibonacci'), { inputs, report: true, maxCycles: 1000 });
    expect(exit).toMatchObject({ kind: 'limit' });
    expect(total(report!.opcodes)).toBe(1000);
    expect(report).not.toHaveProperty('gas');
    const faulted = execute(guestBytes('fibonacci'), { report: true });
    if (faulted.exit.kind !== 'halted') expect(total(faulted.report!.opcodes)).toBe(faulted.instructions);
  });

  test('is refused with another engine and for another machine', () => {
    const run = (options: object) => () => execute(guestBytes('fibonacci'), { inputs, report: true, ...options });
    expect(run({ engine: 'wasm' })).toThrow('report: instructions are counted by the interpreter, not by engine wasm');
    expect(run({ machine: 'bare' })).toThrow('report: expected machine sp1, got bare');
  });
});
