// Which machine a file is for: guests of other systems are answered by name, everything else by its entry and notes.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseElf } from '../../codegen/elf/elf.ts';
import { chooseMachine } from '../../src/machine/choose.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { execute } from '../../src/verbs/execute.ts';
import { type BuiltSegment, type BuiltSymbol, buildElf, words } from '../codegen/elf/elf-builder.ts';

const ECALL = 0x73;
const li = (rd: number, value: number): number => ((value << 20) | (rd << 7) | 0x13) >>> 0;
const lui = (rd: number, value: number): number => ((value << 12) | (rd << 7) | 0x37) >>> 0;
const addi = (rd: number, rs: number, value: number): number =>
  (((value & 0xfff) << 20) | (rs << 15) | (rd << 7) | 0x13) >>> 0;
const [T0, A0, A1, A2, A7] = [5, 10, 11, 12, 17];

interface Case {
  readonly xlen: 32 | 64;
  readonly at: number;
  readonly code: readonly number[];
  readonly data?: BuiltSegment;
  readonly symbols?: readonly BuiltSymbol[];
}

const build = ({ xlen, at, code, data, symbols = [] }: Case): Uint8Array =>
  buildElf({
    xlen,
    entry: at,
    segments: [{ address: at, bytes: words(...code), flags: 5 }, ...(data === undefined ? [] : [data])],
    symbols,
  });

const exits = [li(A7, 93), li(A0, 7), ECALL];
const named = (name: string): readonly BuiltSymbol[] => [{ name, address: 0x8000_0000 }];
const rodata = (text: string): BuiltSegment => ({
  address: 0x30_0000,
  bytes: new TextEncoder().encode(text),
  flags: 4,
});
const oldWrite = [li(T0, 2), li(A0, 1), lui(A1, 0x300), li(A2, 6), ECALL, li(T0, 0), li(A0, 0), ECALL, 0xc000_1073];
const riscZero = rodata('..risc0_zkvm_platform::syscall::nr::SYS_WRITE\0');

const FOREIGN: readonly [string, string, Case][] = [
  ['SP1 1 to 5', 'calls in t0 at its base', { xlen: 32, at: 0x20_0800, code: oldWrite }],
  ['RISC Zero', 'the same calls with its names', { xlen: 32, at: 0x20_0800, code: oldWrite, data: riscZero }],
  ['ZisK', 'its main', { xlen: 64, at: 0x8000_0000, code: exits, symbols: named('_zisk_main') }],
  ['ZisK', 'Keccak-f by a CSR', { xlen: 64, at: 0x8000_0000, code: [0x8005_2073, ...exits] }],
  ['Jolt', 'print', { xlen: 64, at: 0x8000_0000, code: [lui(A0, 0x505), addi(A0, A0, 0x249), ECALL] }],
  ['Jolt', 'cycle marks', { xlen: 32, at: 0x8000_0000, code: [lui(A0, 0xc8), addi(A0, A0, -0x3e2), ECALL] }],
  ['Jolt', 'its exit', { xlen: 64, at: 0x8000_0000, code: exits, symbols: named('platform_exit') }],
];

it.each(FOREIGN)('%s: %s is refused by name, unless --machine says bare', (system, _what, plan) => {
  const bytes = build(plan);
  for (const machine of ['auto', 'sp1'] as const) {
    expect(() => loadGuest(bytes, 'x.elf', machine)).toThrow(
      expect.objectContaining({
        code: 'ELF_UNSUPPORTED',
        message: expect.stringContaining(`x.elf is a guest of ${system} (`),
      }),
    );
  }
  expect(loadGuest(bytes, 'x.elf', 'bare').machine).toBe('bare');
});

it('names RISC Zero for its container of two ELF files', () => {
  const bytes = Uint8Array.from([0x52, 0x30, 0x42, 0x46, 1, 0, 0, 0]);
  expect(() => loadGuest(bytes, 'x.bin', 'auto')).toThrow(/x\.bin is a guest of RISC Zero \(it begins with R0BF\)/);
});

const OURS: readonly [string, Case][] = [
  ['Linux calls at the base of RISC Zero and old SP1', { xlen: 32, at: 0x20_0800, code: [li(T0, 2), ...exits] }],
  ['a table with the number 11 in the text', { xlen: 32, at: 0x1_0000, code: [...exits, 0, 9, 10, 11, 12, 13, 14] }],
  ['text at 0x80000000', { xlen: 64, at: 0x8000_0000, code: exits }],
  ['a standard CSR', { xlen: 64, at: 0x8000_0000, code: [0x3005_2073, ...exits] }],
];

it.each(OURS)('%s is bare', (_what, plan) => {
  expect(loadGuest(build(plan), 'x.elf', 'auto').machine).toBe('bare');
});

const OPENVM: readonly [string, Case][] = [
  ['terminate', { xlen: 32, at: 0x20_0800, code: [li(A0, 1), 0x0000_000b, 0xc000_1073] }],
  ['terminate with a status, elsewhere', { xlen: 32, at: 0x1_0000, code: [li(A0, 1), 0x0010_000b] }],
];

it.each(OPENVM)('%s is openvm', (_what, plan) => {
  expect(loadGuest(build(plan), 'x.elf', 'auto').machine).toBe('openvm');
});

it('tells sp1 by the entry, not by where its segment begins', () => {
  const at = 0x8000_0000;
  const inside = buildElf({
    xlen: 64,
    entry: at,
    segments: [{ address: 0x7fff_f000, bytes: words(...Array(0x400).fill(0), ...exits), flags: 5 }],
  });
  expect(chooseMachine(parseElf(inside, 'x.elf'))).toBe('bare');
  expect(execute(inside).exit).toMatchObject({ kind: 'halted', code: 7 });
  const sp1 = build({ xlen: 64, at: 0x7fff_f000, code: [0x13] });
  expect(chooseMachine(parseElf(sp1, 'x.elf'))).toBe('sp1');
});

it('leaves our own guests on their machines', () => {
  for (const folder of ['examples/guests/bin', 'bench/guests/bin', 'bench/sp1-guests/bin']) {
    const files = readdirSync(folder).filter(file => file.endsWith('.elf'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { machine } = loadGuest(readFileSync(`${folder}/${file}`), file, 'auto');
      const named = ['sp1', 'openvm'].find(name => file.includes(`.${name}.`)) ?? 'bare';
      expect([file, machine]).toEqual([file, named]);
    }
  }
});

it('says of a fault on bare that the program looks like one of sp1', () => {
  const bytes = build({ xlen: 64, at: 0x7800_0000, code: [0xff01_3023] });
  expect(execute(bytes, { machine: 'bare' }).exit).toMatchObject({
    kind: 'fault',
    detail: 'this looks like a program for --machine sp1',
  });
});
