// Reports of runs: gas, opcodes and local rows against SP1's own estimator.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../src/engine/observation.ts';
import { type Guest, loadGuest } from '../../../src/machine/guest.ts';
import { isPrecompile } from '../../../src/machine/sp1/abi.ts';
import type { Sp1Guest } from '../../../src/machine/sp1/machine.ts';
import { liveReport } from '../../../src/machine/sp1/report/live-report.ts';
import type { RunReport } from '../../../src/machine/sp1/report/run-report.ts';
import { SYSCALL_NAMES } from '../../../src/machine/sp1/syscalls/syscalls.ts';
import { functionTotals } from '../../../src/profile/call-tree.ts';
import { type Engine, execute, executionOf, resultOf } from '../../../src/verbs/execute.ts';
import { buildElf } from '../../codegen/elf/elf-builder.ts';
import { sampled } from '../../depth.ts';
import { assemble, type Line } from '../../engines/assembler.ts';
import recorded from '../../vectors/sp1-gas.json' with { type: 'json' };
import { Accountant } from './accountant.ts';
import { guestBytes, inputBytes } from './guest-runs.ts';
import { call, halt, i, li, TEXT } from './user-programs.ts';

const folder = process.env.JIT_EXEC_SP1_GUESTS;
// SP1's own guests are not part of this package: see upstream-guests.test.ts.
const runs = recorded.runs.filter(({ guest }) => folder !== undefined || !guest.endsWith('.elf'));
const bytesOf = (guest: string): Uint8Array =>
  guest.endsWith('.elf') ? readFileSync(join(folder!, guest)) : guestBytes(guest);

/** By an accountant, who is told of each access by the interpreter. */
function countedReport(guest: Guest, inputs: readonly Uint8Array[], gasChunkEntries?: number): RunReport {
  const imageEnd = Math.max(...guest.elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  const observe: Observation<Accountant> = {
    needs: {},
    make: (memory, text) => new Accountant(memory, { text, imageEnd, gasChunkEntries }),
  };
  const executor = executionOf(guest, { inputs, engine: 'interpreter', countMemory: true }, observe);
  const exit = executor.run();
  return (executor.observer as Accountant).report(exit, resultOf(executor, exit, 1).instructions);
}

/** At the speed of an engine. */
function reportAtSpeed(
  guest: Guest,
  inputs: readonly Uint8Array[],
  engine: Engine,
  gasChunkEntries?: number,
): RunReport {
  const { observe, report } = liveReport(guest as Sp1Guest, gasChunkEntries);
  const executor = executionOf(guest, { inputs, engine, hot: 20, countMemory: true }, observe);
  const exit = executor.run();
  return report(exit.kind === 'halted', resultOf(executor, exit, 1).clk!);
}

describe('gas and opcodes are those of SP1’s estimator', () => {
  test.each(
    sampled(runs, 3).map(run => [`${run.guest} ${run.inputs.join(' ')} by ${run.gasChunkEntries}`, run] as const),
  )(
    '%s',
    (_title, run) => {
      const inputs = run.inputs.map(text => inputBytes(text));
      const guest = loadGuest(bytesOf(run.guest), run.guest, 'sp1');
      const reports = [
        countedReport(guest, inputs, run.gasChunkEntries),
        reportAtSpeed(guest, inputs, 'wasm', run.gasChunkEntries),
      ];
      for (const { rawGas, gas, opcodes } of reports) {
        expect([rawGas, gas]).toEqual([run.rawGas, run.gas]);
        expect(opcodes).toEqual(run.opcodes);
      }
    },
    30_000,
  );
});

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

const DATA = 0x7801_0000;

function guestElf(lines: readonly Line[], data: string): Uint8Array {
  const bytes = assemble('rv64im', TEXT, lines);
  return buildElf({
    xlen: 64,
    entry: TEXT,
    segments: [
      { address: TEXT, bytes, flags: 5 },
      { address: DATA + 0x10000, bytes: new TextEncoder().encode(data), flags: 6 },
    ],
  });
}

/** Registers that an ecall takes first, pointers of a precompile with five, a page crossing, a doubleword hinted again. */
const CORNERS = guestElf(
  [
    ...call(0xf0),
    ...call(0xf1, DATA + 0x20000, 8),
    ...li(8, DATA + 0x20000),
    i('ld', { rd: 9, rs1: 8 }),
    ...call(0xf1, DATA + 0x20000, 8),
    i('ld', { rd: 0, rs1: 8 }),
    ...call(0x10130, ...[0, 32, 64, 96, 128].map(at => DATA + 0x20000 + at)),
    ...call(0x1011d, DATA + 0x20000, DATA + 0x20000),
    ...Array.from({ length: 0x4000 }, () => i('addi', { rd: 17, rs1: 17, imm: 1 })),
    ...halt(0),
  ],
  'unused',
);

/** Entries of a gas chunk, and what the estimator of test/vectors/sp1-gas.json gave for CORNERS with them. */
const CORNERS_GAS = [
  [134_217_728, 178_688],
  [20, 181_211],
  [3, 181_600],
  [1, 182_375],
] as const;

test('gas of what compilers do not write is that of SP1’s estimator', () => {
  for (const [gasChunkEntries, rawGas] of CORNERS_GAS) {
    const guest = loadGuest(CORNERS, 'corners', 'sp1');
    const inputs = [inputBytes('u64:7'), inputBytes('u64:9')];
    expect(countedReport(guest, inputs, gasChunkEntries).rawGas).toBe(rawGas);
    // Each of the instructions that come to no entry is looked at alone where the chunk lacks one.
    if (gasChunkEntries >= 20) expect(reportAtSpeed(guest, inputs, 'wasm', gasChunkEntries).rawGas).toBe(rawGas);
  }
});

test('spans between cycle-tracker lines are in the result of every engine', () => {
  const start = 'cycle-tracker-start: sum\n';
  const end = 'cycle-tracker-end: sum\n';
  const at = DATA + 0x10000;
  const nop = i('addi', { rd: 0, rs1: 0 });
  const write = call(2, 1, at + start.length, end.length);
  const elf = guestElf([...call(2, 1, at, start.length), nop, nop, nop, ...write, ...halt(0)], start + end);
  for (const engine of ['interpreter', 'js', 'wasm'] as const) {
    const { cycleSpans } = execute(elf, { engine });
    expect(cycleSpans).toEqual([{ name: 'sum', instructions: 3 + write.length }]);
  }
});

const CODES = new Map([...SYSCALL_NAMES].map(([code, name]) => [name, code]));

test('spans by name say how often, how long, within which and with which precompiles', () => {
  const text = (action: string, name: string): string => `cycle-tracker-${action}: ${name}\n`;
  const lines = [text('start', 'outer'), text('start', 'inner'), text('end', 'inner'), text('end', 'outer')];
  const at = (i: number): number => DATA + 0x10000 + lines.slice(0, i).join('').length;
  const write = (i: number): readonly Line[] => call(2, 1, at(i), lines[i]!.length);
  const nop = i('addi', { rd: 0, rs1: 0 });
  const keccak = call(0x1_0109, DATA + 0x20000, 0);
  const inner = [...write(1), nop, ...keccak, ...write(2)];
  const elf = guestElf(
    [...write(0), ...inner, ...inner, ...write(3), ...write(1), nop, ...write(2), ...halt(0)],
    lines.join(''),
  );
  const told: string[] = [];
  const { spans, cycleSpans } = execute(elf, {
    onSpan: ({ name, instructions }, depth) => void told.push(`${depth} ${name} ${instructions}`),
  });
  const one = 1 + keccak.length + write(2).length;
  const outer = 2 * inner.length + write(3).length;
  expect(spans).toEqual([
    { name: 'outer', depth: 0, count: 1, instructions: outer, precompiles: { KECCAK_PERMUTE: 2 } },
    { name: 'outer > inner', depth: 1, count: 2, instructions: 2 * one, precompiles: { KECCAK_PERMUTE: 2 } },
    { name: 'inner', depth: 0, count: 1, instructions: 1 + write(2).length },
  ]);
  expect(told).toEqual([`1 inner ${one}`, `1 inner ${one}`, `0 outer ${outer}`, `0 inner ${1 + write(2).length}`]);
  expect(cycleSpans).toHaveLength(4);
});

describe('a report', () => {
  const inputs = [inputBytes('u64:20')];

  test('changes nothing else of the result', () => {
    const { report, callTree: _tree, ...counted } = execute(guestBytes('fibonacci'), { inputs, report: true });
    const plain = execute(guestBytes('fibonacci'), { inputs, countMemory: true });
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

  test.each(sampled(['fibonacci', 'precompiles', 'hints', 'unconstrained'], 3))(
    'of %s is on engines what the interpreter is told of access by access',
    name => {
      const options = { inputs: name === 'fibonacci' || name === 'hints' ? inputs : [], report: true } as const;
      const told = countedReport(loadGuest(guestBytes(name), name, 'sp1'), options.inputs);
      for (const engine of ['interpreter', 'js', 'wasm'] as const) {
        const { report, callTree, syscalls, instructions } = execute(guestBytes(name), { ...options, engine, hot: 20 });
        expect(report).toEqual(told);
        const functions = functionTotals(callTree!);
        expect(functions.reduce((sum, { self }) => sum + self, 0)).toBe(instructions);
        const called = Object.entries(syscalls).flatMap(([call, n]) => (isPrecompile(CODES.get(call) ?? 0) ? [n] : []));
        const counted = functions.reduce((sum, { precompiles = 0 }) => sum + precompiles, 0);
        expect(counted).toBe(called.reduce((a, b) => a + b, 0));
      }
    },
  );

  const lengths = [
    ['fibonacci', 1, 'wasm'],
    ['precompiles', 64, 'wasm'],
    ['fibonacci', 7, 'interpreter'],
    ['hints', 500, 'wasm'],
    ['fibonacci', 500, 'js'],
    ['unconstrained', 50, 'js'],
  ] as const;
  test.each(sampled(lengths, 2))('of %s has the gas of chunks of %i entries, on %s', (name, length, engine) => {
    const guest = loadGuest(guestBytes(name), name, 'sp1');
    const given = name === 'fibonacci' || name === 'hints' ? inputs : [];
    expect(reportAtSpeed(guest, given, engine, length)).toEqual(countedReport(guest, given, length));
  });

  test('of a bare guest has its instructions, memory, and accesses that are not aligned', () => {
    const guest = readFileSync(new URL('../../../examples/guests/bin/unaligned.rv64.elf', import.meta.url));
    const reports = (['interpreter', 'js', 'wasm'] as const).map(engine =>
      execute(guest, { engine, hot: 20, report: true }),
    );
    for (const { report, instructions } of reports) {
      expect(total(report!.opcodes)).toBe(instructions);
      expect(report).toEqual(reports[0]!.report);
      expect(report!.unalignedAccesses).toBeGreaterThan(0);
      expect(report!.stackBytes).toBeGreaterThan(0);
    }
    const aligned = execute(readFileSync(new URL('../../../examples/guests/bin/rec.rv64.elf', import.meta.url)), {
      args: ['9'],
      report: true,
    });
    expect(aligned.report!.unalignedAccesses).toBe(0);
  });
});
