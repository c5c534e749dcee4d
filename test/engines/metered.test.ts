// Counts of metered runs on every engine, against the interpreter that counts each instruction; generated programs are
// metered in random-programs.test.ts and stops.test.ts.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import { type MeteredRun, metering } from '../../src/engine/metering.ts';
import { type Guest, loadGuest } from '../../src/machine/guest.ts';
import { type ExecuteOptions, executionOf } from '../../src/verbs/execute.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';
import { RUNNERS } from './engines.ts';

/** Counts each instruction when it begins. */
class EachInstruction implements RunObserver {
  readonly counts: Float64Array;
  readonly inlined: Inlined;
  readonly isFull = false;
  constructor({ control }: GuestMemory, slots: number) {
    this.counts = new Float64Array(slots);
    this.inlined = { kind: 'counted', counts: this.counts };
    control[CONTROL.traceLimit] = 1;
  }
  begin(): void {}
  end(): void {}
  block(): void {}
  call(): void {}
  touch(): void {}
  record(): void {}
  stamp(): void {}
  append(): void {}
  room(): number {
    return 2 ** 20;
  }
}

function countEach(guest: Guest, options: ExecuteOptions): Float64Array {
  let counter!: EachInstruction;
  const executor = executionOf(
    guest,
    { ...options, engine: 'interpreter' },
    {
      needs: {},
      make: (memory, text) => {
        counter = new EachInstruction(memory, text.slots);
        return counter;
      },
    },
  );
  const exit = executor.run();
  // One that failed has begun.
  if (exit.kind !== 'halted' && exit.kind !== 'limit')
    counter.counts[(Number(exit.pc) - guest.program.textBase) >> 2]! -= 1;
  return counter.counts;
}

function meter(guest: Guest, options: ExecuteOptions): { run: MeteredRun; instructions: number } {
  const executor = executionOf(guest, options, metering({ touches: true }));
  executor.run();
  return { run: executor.observer as MeteredRun, instructions: executor.instructions };
}

const bench = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../bench/guests/bin/${name}.elf`, import.meta.url)));
const u64 = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);

interface Case {
  readonly name: string;
  readonly guest: Guest;
  readonly options: ExecuteOptions;
}

const sp1 = (name: string, ...inputs: Uint8Array[]): Case => ({
  name,
  guest: loadGuest(guestBytes(name), name, 'sp1'),
  options: { inputs, hot: 1 },
});

const CASES: readonly Case[] = [
  sp1('fibonacci', u64(2000n)),
  sp1('hints', u64(20n), u64(3n)),
  sp1('precompiles'),
  sp1('unconstrained'),
  // Deeper than the host's stack: everything unwinds.
  {
    name: 'rec',
    guest: loadGuest(bench('rec.rv64'), 'rec', 'bare'),
    options: { args: ['20'], hot: 1, maxCycles: 300_000 },
  },
  {
    name: 'mid-block',
    guest: loadGuest(bench('rec.rv32'), 'rec', 'bare'),
    options: { args: ['20'], hot: 1, maxCycles: 54_321 },
  },
];

describe.each(CASES)('a metered run of $name', ({ guest, options }) => {
  const each = countEach(guest, options);

  it.each(RUNNERS)('counts each instruction as often as it is done ($name)', ({ engine, hot }) => {
    const { run, instructions } = meter(guest, { ...options, engine, ...(hot === undefined ? {} : { hot }) });
    expect([...run.counts().subarray(0, each.length)]).toEqual([...each]);
    const total = each.reduce((sum, n) => sum + n, 0);
    expect(total).toBeGreaterThan(100);
    expect(total).toBeLessThanOrEqual(instructions);
  });
});

it('first touches are the same on every engine, each with the period of the touch before', () => {
  const guest = loadGuest(bench('rec.rv64'), 'rec', 'bare');
  const found = RUNNERS.map(({ engine, hot = 1 }) => {
    const periods: string[] = [];
    let now: string[] = [];
    const executor = executionOf(
      guest,
      { args: ['20'], maxCycles: 100_000, engine, hot },
      metering({
        touches: true,
        watch: run => ({
          touched(list) {
            for (let at = 0; at < list.length; at += 2) now.push(`${list[at]} ${list[at + 1]}`);
          },
          room(clk) {
            const done = clk / 8 - 10_000 * periods.length;
            if (done < 10_000) return 10_000 - done;
            periods.push(now.join());
            now = [];
            run.period += 1;
            return 10_000;
          },
        }),
      }),
    );
    executor.run();
    return periods;
  });
  expect(found[0]!.length).toBe(9);
  expect(new Set(found[0]).size).toBeGreaterThan(5);
  for (const periods of found) expect(periods).toEqual(found[0]);
});

it('counts go on where arrays of 32 bits end', () => {
  const { run } = meter(CASES[0]!.guest, CASES[0]!.options);
  const before = run.counts();
  const cell = run.blocks.cellOf(0, 2)!;
  for (let time = 0; time < 4; time++) {
    run.blocks.cells[cell] = 2 ** 30;
    run.blocks.settle();
  }
  const after = run.counts();
  expect(after[0]! - before[0]!).toBe(2 ** 32);
  expect(after[1]! - before[1]!).toBe(2 ** 32);
  expect(after[2]).toBe(before[2]);
});
