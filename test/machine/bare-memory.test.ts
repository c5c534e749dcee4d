// Memory of `bare` as the file and Linux have it. What programs end with here, QEMU's user mode gives for the same files.

import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { execute, type RunResult } from '../../src/verbs/execute.ts';
import { type BuiltSegment, buildElf, words } from '../codegen/elf/elf-builder.ts';
import { assemble, type Label, type Line } from '../engines/assembler.ts';
import { RUNNERS } from '../engines/engines.ts';

const BASE = 0x1_0000;
const [RA, T0, T1, S0, S1, A0, A1, A2, A7] = [1, 5, 6, 8, 9, 10, 11, 12, 17];
const SETS: readonly IsaName[] = ['rv32imc', 'rv64im'];
const HOT = 20;

const li = (rd: number, imm: number): Line => ({ mnemonic: 'addi', rd, imm });
const lui = (rd: number, imm: number): Line => ({ mnemonic: 'lui', rd, imm: imm << 12 });
const call = (number: number): Line[] => [li(A7, number), { mnemonic: 'ecall' }];
const label = (): Label => ({ address: 0 });
const at = (address: number): Label => ({ address });
const exit = call(93);

interface Built {
  readonly name: IsaName;
  readonly lines: readonly Line[];
  readonly flags?: number;
  readonly base?: number;
  readonly more?: readonly BuiltSegment[];
  readonly memoryBytes?: number;
}

function build({ name, lines, flags = 5, base = BASE, more = [], memoryBytes }: Built): Uint8Array {
  const bytes = assemble(name, base, lines);
  const text = { address: base, bytes, flags, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
  return buildElf({
    xlen: name.startsWith('rv32') ? 32 : 64,
    entry: base,
    flags: name.endsWith('c') ? 1 : 0,
    segments: [text, ...more],
  });
}

/** The same end, instruction count and output on every engine; the result of one. */
function run(plan: Built, options: { stdin?: readonly number[] } = {}): RunResult & { readonly output: string } {
  const results = RUNNERS.map(({ engine, hot = HOT }) => {
    let stdin = Uint8Array.from(options.stdin ?? []);
    let output = '';
    const result = execute(build(plan), {
      machine: 'bare',
      engine,
      hot,
      stdin: max => {
        const taken = stdin.subarray(0, max);
        stdin = stdin.subarray(max);
        return taken;
      },
      stdout: bytes => {
        output += new TextDecoder().decode(bytes.slice());
      },
    });
    return { ...result, output };
  });
  const [first] = results;
  const comparable = ({ exit: end, instructions, registers, output }: (typeof results)[number]): object => ({
    end,
    instructions,
    registers,
    output,
  });
  for (const result of results)
    expect([result.engine, comparable(result)]).toEqual([result.engine, comparable(first!)]);
  return first!;
}

/** Calls a function 5000 times; after half of them `patch` has changed its first instruction, which adds 1 to a0. */
function patching(patch: (f: Label, word: Label) => readonly Line[]): readonly Line[] {
  const [head, skip, f, word] = [label(), label(), label(), label()];
  return [
    li(A0, 0),
    lui(T0, BASE >> 12),
    lui(S0, 1),
    { mnemonic: 'addi', rd: S0, rs1: S0, imm: 904 },
    { mnemonic: 'srli', rd: S1, rs1: S0, imm: 1 },
    { label: head },
    { mnemonic: 'jal', rd: RA, to: f },
    { mnemonic: 'addi', rd: S0, rs1: S0, imm: -1 },
    { mnemonic: 'bne', rs1: S0, rs2: S1, to: skip },
    ...patch(f, word),
    { label: skip },
    { mnemonic: 'bne', rs1: S0, rs2: 0, to: head },
    ...exit,
    { label: f },
    { mnemonic: 'addi', rd: A0, rs1: A0, imm: 1 },
    { mnemonic: 'jalr', rs1: RA },
    { label: word },
    { mnemonic: 'addi', rd: A0, rs1: A0, imm: 3 },
  ];
}

const storesWord = (f: Label, word: Label): readonly Line[] => [
  { mnemonic: 'lw', rd: T1, rs1: T0, to: word, from: at(BASE) },
  { mnemonic: 'sw', rs1: T0, rs2: T1, to: f, from: at(BASE) },
];
const storesByte = (f: Label): readonly Line[] => [
  // Bits 24 to 31 of addi are the upper bits of its immediate: from 1 to 0x301, whose low byte stays.
  li(T1, 0x30),
  { mnemonic: 'sb', rs1: T0, rs2: T1, imm: 3, to: f, from: at(BASE) },
];
const readsWord = (f: Label): readonly Line[] => [
  { mnemonic: 'addi', rd: S0 + 10, rs1: A0 },
  li(A0, 0),
  { mnemonic: 'addi', rd: A1, rs1: T0, to: f, from: at(BASE) },
  li(A2, 4),
  ...call(63),
  { mnemonic: 'addi', rd: A0, rs1: S0 + 10 },
];
const ADD_3 = [0x13, 0x05, 0x35, 0x00];

describe.each(SETS)('%s', name => {
  const xlen = name.startsWith('rv32') ? 32 : 64;

  it.each([
    ['by a word', storesWord, 2500 + 3 * 2500],
    ['by a byte of it', storesByte, 2500 + 0x301 * 2500],
    ['by read()', readsWord, 2500 + 3 * 2500],
  ])('a program that its file calls writable may change code that has run: %s', (_what, patch, code) => {
    const result = run({ name, lines: patching(patch), flags: 7 }, { stdin: ADD_3 });
    expect(result.exit).toMatchObject({ kind: 'halted', code });
  });

  it('code that called what changed it goes on as changed', () => {
    const [head, changed, g, done, word] = [label(), label(), label(), label(), label()];
    const lines: readonly Line[] = [
      li(A0, 0),
      lui(T0, BASE >> 12),
      li(S0, 2000),
      li(S1, 1000),
      { label: head },
      { mnemonic: 'jal', rd: RA, to: g },
      { label: changed },
      { mnemonic: 'addi', rd: A0, rs1: A0, imm: 1 },
      { mnemonic: 'addi', rd: S0, rs1: S0, imm: -1 },
      { mnemonic: 'bne', rs1: S0, rs2: 0, to: head },
      ...exit,
      { label: g },
      { mnemonic: 'bne', rs1: S0, rs2: S1, to: done },
      ...storesWord(changed, word),
      { label: done },
      { mnemonic: 'jalr', rs1: RA },
      { label: word },
      { mnemonic: 'addi', rd: A0, rs1: A0, imm: 3 },
    ];
    expect(run({ name, lines, flags: 7 }).exit).toMatchObject({ kind: 'halted', code: 4000 });
  });

  it('where the file does not call it writable, a store is a fault and read() answers EFAULT', () => {
    expect(run({ name, lines: patching(storesWord) }).exit).toMatchObject({ kind: 'fault', cause: 'store-to-text' });
    const reads = [li(A0, 0), lui(A1, BASE >> 12), li(A2, 4), ...call(63), ...exit];
    expect(run({ name, lines: reads }, { stdin: [0, 0, 0, 0] }).exit).toMatchObject({
      kind: 'halted',
      code: 2 ** 32 - 14,
    });
    const stats = [li(A0, 0), lui(A1, BASE >> 12), ...call(80), ...exit];
    expect(run({ name, lines: stats }).exit).toMatchObject({ kind: 'halted', code: 2 ** 32 - 14 });
  });

  it('counts a variable in its one segment, in the file and behind it', () => {
    const [head, variable] = [label(), label()];
    const lines: readonly Line[] = [
      lui(T0, BASE >> 12),
      li(S0, 300),
      { label: head },
      ...[at(BASE), at(BASE - 0x400)].flatMap((from): Line[] => [
        { mnemonic: 'lw', rd: A0, rs1: T0, to: variable, from },
        { mnemonic: 'addi', rd: A0, rs1: A0, imm: 1 },
        { mnemonic: 'sw', rs1: T0, rs2: A0, to: variable, from },
      ]),
      { mnemonic: 'addi', rd: S0, rs1: S0, imm: -1 },
      { mnemonic: 'bne', rs1: S0, rs2: 0, to: head },
      { mnemonic: 'lw', rd: T1, rs1: T0, to: variable, from: at(BASE) },
      { mnemonic: 'add', rd: A0, rs1: A0, rs2: T1 },
      ...exit,
      { label: variable },
      { word: 41 },
    ];
    expect(run({ name, lines, flags: 7, memoryBytes: 4096 }).exit).toMatchObject({ kind: 'halted', code: 641 });
  });

  it('what is loaded into page 0 is memory, and the rest of that page with it', () => {
    const greets = label();
    const write: readonly Line[] = [
      li(A0, 1),
      { mnemonic: 'addi', rd: A1, to: greets, from: at(0) },
      li(A2, 4),
      ...call(64),
      { mnemonic: 'lw', rd: A0, to: greets, from: at(0) },
      ...exit,
      { label: greets },
      { word: 0x0a69_6821 },
    ];
    expect(run({ name, lines: write, base: 0 })).toMatchObject({ exit: { code: 0x0a69_6821 }, output: '!hi\n' });
    const data = [{ address: 0x800, bytes: words(41), flags: 6 }];
    const counts: readonly Line[] = [
      { mnemonic: 'lw', rd: A0, imm: 0x7f8 },
      { mnemonic: 'addi', rd: A0, rs1: A0, imm: 1 },
      { mnemonic: 'sw', rs2: A0, imm: 0x7fc },
      li(T0, 0x7fc),
      { mnemonic: 'lw', rd: T1, rs1: T0, imm: 4 },
      { mnemonic: 'lw', rd: A0, imm: 0x7fc },
      { mnemonic: 'add', rd: A0, rs1: A0, rs2: T1 },
      ...exit,
    ];
    expect(run({ name, lines: counts, more: data }).exit).toMatchObject({ kind: 'halted', code: 42 });
    expect(run({ name, lines: counts }).exit).toMatchObject({ kind: 'fault', cause: 'load-address', address: 0x7f8n });
  });

  it('what is loaded at the end of the low 4 GiB is memory', () => {
    const end = 2 ** 32 - 0x1000;
    const high = [{ address: end, bytes: words(40), flags: 6 }];
    const lines: readonly Line[] = [
      { mnemonic: 'lui', rd: T0, imm: end | 0 },
      // On RV64 lui gives the sign-extended word, which is no address of 32 bits.
      ...(xlen === 64
        ? ([
            { mnemonic: 'slli', rd: T0, rs1: T0, imm: 32 },
            { mnemonic: 'srli', rd: T0, rs1: T0, imm: 32 },
          ] as const)
        : []),
      { mnemonic: 'lw', rd: A0, rs1: T0 },
      { mnemonic: 'addi', rd: A0, rs1: A0, imm: 2 },
      { mnemonic: 'sw', rs1: T0, rs2: A0, imm: 0x7fc },
      { mnemonic: 'lw', rd: A0, rs1: T0, imm: 0x7fc },
      ...exit,
    ];
    expect(run({ name, lines, more: high }).exit).toMatchObject({ kind: 'halted', code: 42 });
  });

  it('between executable segments there is data or nothing, and no instruction', () => {
    const second = { address: BASE + 0x2000, bytes: assemble(name, BASE + 0x2000, exit), flags: 5 };
    const data = { address: BASE + 0x1000, bytes: words(41), flags: 6 };
    const goTo = (imm: number): Line[] => [
      { mnemonic: 'addi', rd: T1, rs1: T0, imm },
      { mnemonic: 'jalr', rs1: T1 },
    ];
    const counts: readonly Line[] = [
      lui(T0, (BASE + 0x1000) >> 12),
      { mnemonic: 'lw', rd: A0, rs1: T0 },
      { mnemonic: 'addi', rd: A0, rs1: A0, imm: 1 },
      { mnemonic: 'sw', rs1: T0, rs2: A0 },
      { mnemonic: 'lw', rd: A0, rs1: T0 },
    ];
    const toSecond = [...counts, lui(T0, (BASE + 0x2000) >> 12), ...goTo(0)];
    expect(run({ name, lines: toSecond, more: [data, second] }).exit).toMatchObject({ kind: 'halted', code: 42 });
    for (const more of [[second], [data, second]]) {
      const end = run({ name, lines: [lui(T0, (BASE + 0x1000) >> 12), ...goTo(8)], more }).exit;
      expect(end).toMatchObject({ kind: 'fault', cause: 'fetch-address', pc: BigInt(BASE + 0x1008) });
      const fallsOff = run({ name, lines: [li(A0, 1)], more }).exit;
      expect(fallsOff).toMatchObject({ kind: 'fault', cause: 'fetch-address', pc: BigInt(BASE + 4) });
    }
  });

  it('brk gives zeros, also where the program has stored before', () => {
    const brk = call(214);
    const size = 0x5_0000;
    const lines: readonly Line[] = [
      li(A0, 0),
      ...brk,
      { mnemonic: 'addi', rd: S0, rs1: A0 },
      lui(T0, size >> 12),
      { mnemonic: 'add', rd: S1, rs1: S0, rs2: T0 },
      ...[0, 1].flatMap((round): Line[] => [
        { mnemonic: 'addi', rd: A0, rs1: S1 },
        ...brk,
        ...[0, 1, size >> 1, size - 4].flatMap((offset): Line[] => [
          lui(T1, (offset + 0x800) >> 12),
          { mnemonic: 'add', rd: T1, rs1: T1, rs2: S0 },
          ...(round === 0
            ? [
                { mnemonic: 'sb', rs1: T1, rs2: S1, imm: (offset << 20) >> 20 },
                li(T0, 42),
                { mnemonic: 'sb', rs1: T1, rs2: T0, imm: (offset << 20) >> 20 },
              ]
            : [
                { mnemonic: 'lbu', rd: T0, rs1: T1, imm: (offset << 20) >> 20 },
                { mnemonic: 'or', rd: A2, rs1: A2, rs2: T0 },
              ]),
        ]),
        { mnemonic: 'addi', rd: A0, rs1: S0 },
        ...(round === 0 ? brk : []),
      ]),
      { mnemonic: 'addi', rd: A0, rs1: A2 },
      ...exit,
    ];
    expect(run({ name, lines }).exit).toMatchObject({ kind: 'halted', code: 0 });
  });
});
