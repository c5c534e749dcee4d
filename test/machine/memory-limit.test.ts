// --max-memory holds wherever the pages lie and however they are reached, at the same instruction on every engine.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import { type ExecuteOptions, execute, type RunResult } from '../../src/verbs/execute.ts';
import { buildElf } from '../codegen/elf/elf-builder.ts';
import { deepTest } from '../depth.ts';
import { assemble, type Line } from '../engines/assembler.ts';
import { RUNNERS } from '../engines/engines.ts';

const [SP, T0, T1, T2, A0, A7] = [2, 5, 6, 7, 10, 17];
const HOT = 20;
const BASE = { bare: 0x1_0000, sp1: 0x7800_0000 } as const;
type MachineName = keyof typeof BASE;

const elfOf = (machine: MachineName, name: IsaName, lines: readonly Line[]): Uint8Array =>
  buildElf({
    xlen: name.startsWith('rv32') ? 32 : 64,
    entry: BASE[machine],
    segments: [{ address: BASE[machine], bytes: assemble(name, BASE[machine], lines), flags: 5 }],
  });

/** The same on every engine. */
function run(bytes: Uint8Array, options: ExecuteOptions): RunResult {
  const results = RUNNERS.map(({ engine, hot = HOT }) => execute(bytes, { ...options, engine, hot }));
  const [first] = results;
  for (const { engine, exit, instructions, peaks } of results) {
    expect([engine, exit, instructions, peaks]).toEqual([engine, first!.exit, first!.instructions, first!.peaks]);
  }
  return first!;
}

/** Stores to `count` addresses from t0 on, `step` apart, by instructions of their own and in a group. */
const stores = (count: number, step: number, more: readonly Line[] = []): readonly Line[] => [
  { mnemonic: 'lui', rd: T1, imm: step },
  { mnemonic: 'addi', rd: T2, imm: count },
  ...more,
  { mnemonic: 'sw', rs1: T0, rs2: T2, imm: 8 },
  { mnemonic: 'lw', rd: A0, rs1: T0, imm: 8 },
  { mnemonic: 'sb', rs1: T0, rs2: T2, imm: 16 },
  { mnemonic: 'add', rd: T0, rs1: T0, rs2: T1 },
  { mnemonic: 'addi', rd: T2, rs1: T2, imm: -1 },
  { mnemonic: 'bne', rs1: T2, imm: -20 },
];
const end: Readonly<Record<MachineName, readonly Line[]>> = {
  bare: [{ mnemonic: 'addi', rd: A7, imm: 93 }, { mnemonic: 'addi', rd: A0 }, { mnemonic: 'ecall' }],
  sp1: [{ mnemonic: 'addi', rd: T0 }, { mnemonic: 'addi', rd: A0 }, { mnemonic: 'ecall' }],
};
const START = 2;
const PER_ROUND = 6;

/** An address in t0. Both forms are one instruction on RV32 and up to three on RV64. */
const at = (address: number): readonly Line[] => {
  if (address < 2 ** 31) return [{ mnemonic: 'lui', rd: T0, imm: address }];
  return [
    { mnemonic: 'addi', rd: T0, imm: address / 2 ** 30 },
    { mnemonic: 'slli', rd: T0, rs1: T0, imm: 30 },
  ];
};

const PLACES: readonly [string, MachineName, IsaName, number][] = [
  ['bare, above the image', 'bare', 'rv32im', 0x10_0000],
  ['bare, outside the window', 'bare', 'rv64im', 0x6000_0000],
  ['sp1, above the image', 'sp1', 'rv64im', 0x7900_0000],
  ['sp1, the stack', 'sp1', 'rv64im', 0x7700_0000],
  ['sp1, outside the window', 'sp1', 'rv64im', 0x1000_0000],
  ['sp1, the input region', 'sp1', 'rv64im', 0x1c_0000_0000],
];

describe.each(PLACES)('%s', (_what, machine, name, address) => {
  const COUNT = 200;
  const lines = [...at(address), ...stores(COUNT, PAGE_BYTES), ...end[machine]];
  const bytes = elfOf(machine, name, lines);
  // The image, and on bare the arguments on the stack.
  const before = machine === 'bare' ? 2 : 1;

  it('ends at the first store to one page too many', () => {
    const pages = 100;
    const maxMemory = pages * PAGE_BYTES + PAGE_BYTES / 2;
    const { exit, instructions, peaks } = run(bytes, { maxMemory });
    const rounds = pages - before;
    const pc = BigInt(BASE[machine] + 4 * (at(address).length + START));
    expect(exit).toMatchObject({ kind: 'limit', limit: 'memory', pc, detail: `${maxMemory} bytes as given` });
    expect(instructions).toBe(at(address).length + START + PER_ROUND * rounds);
    expect(peaks?.guestBytes).toBe(pages * PAGE_BYTES);
  });

  it('runs with as much as it needs, and says how much that was', () => {
    const maxMemory = (COUNT + before) * PAGE_BYTES;
    const given = run(bytes, { maxMemory });
    expect(given.exit).toMatchObject({ kind: 'halted', code: 0 });
    expect(given.peaks?.guestBytes).toBe(maxMemory);
    expect(execute(bytes, { countMemory: true, hot: HOT }).peaks).toEqual(given.peaks);
    expect(execute(bytes).peaks).toBeUndefined();
  });
});

it('counts a page for each that is touched, not for each store', () => {
  const bytes = elfOf('bare', 'rv32im', [...at(0x10_0000), ...stores(2000, 0x1000), ...end.bare]);
  expect(run(bytes, { countMemory: true }).peaks).toEqual({
    guestBytes: (2 + 125) * PAGE_BYTES,
    heapBytes: 0,
    stackBytes: 0x4000_0000 - 0x10_0000,
  });
});

it('an image that is too large ends the run before its first instruction', () => {
  const bytes = elfOf('sp1', 'rv64im', end.sp1);
  expect(run(bytes, { maxMemory: 1000 })).toMatchObject({
    exit: { kind: 'limit', limit: 'memory', pc: 0x7800_0000n, detail: '1000 bytes as given' },
    instructions: 0,
  });
});

deepTest('what system calls store counts as well', () => {
  const guest = readFileSync('examples/guests/bin/echo.sp1.elf');
  const inputs = [new Uint8Array(600_000).fill(7)];
  const { exit, peaks } = run(guest, { inputs, countMemory: true });
  expect(exit.kind).toBe('halted');
  expect(peaks!.guestBytes).toBeGreaterThanOrEqual(600_000);
  const limited = run(guest, { inputs, maxMemory: peaks!.guestBytes - PAGE_BYTES });
  expect(limited.exit).toMatchObject({ kind: 'limit', limit: 'memory' });
});

describe('endless recursion', () => {
  const recursion = (machine: MachineName, name: IsaName, store: string): Uint8Array =>
    elfOf(machine, name, [
      ...(machine === 'sp1' ? [{ mnemonic: 'lui', rd: SP, imm: 0x7800_0000 } as const] : []),
      { mnemonic: 'addi', rd: SP, rs1: SP, imm: -2048 },
      { mnemonic: store, rs1: SP, rs2: 1 },
      { mnemonic: 'jal', rd: 1, imm: -8 },
    ]);

  it.each([
    ['sp1', 'rv64im', 'sd'],
    ['bare', 'rv64im', 'sd'],
    ['bare', 'rv32im', 'sw'],
  ] as const)('on %s %s is told as the stack, given a limit', (machine, name, store) => {
    const { exit } = run(recursion(machine, name, store), { maxMemory: 4 * 2 ** 20 });
    expect(exit).toMatchObject({ kind: 'limit', limit: 'memory' });
    expect(exit).toHaveProperty(
      'detail',
      expect.stringMatching(/^4194304 bytes as given; it was the stack, which has grown by \d+ bytes$/),
    );
  });

  it('on sp1 without one too, with the value that is the default', () => {
    const { exit } = execute(recursion('sp1', 'rv64im', 'sd'));
    const value = 'by default 104857600 bytes of pages outside the main window, 0x70000000 to 0xb0000000';
    expect(exit).toMatchObject({ kind: 'limit', limit: 'memory' });
    expect(exit).toHaveProperty('detail', expect.stringContaining(`${value}; it was the stack, which has grown by`));
  });

  it('is not blamed for another access', () => {
    const bytes = elfOf('bare', 'rv64im', [...at(0x10_0000), ...stores(2000, PAGE_BYTES), ...end.bare]);
    expect(run(bytes, { maxMemory: 2 ** 20 }).exit).toHaveProperty('detail', '1048576 bytes as given');
  });
});
