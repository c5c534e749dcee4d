// Small programs, each of which once went wrong between compiled code and the interpreter.

import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { assemble, type Line } from './assembler.ts';
import { differences, makeExecutor } from './compare.ts';
import { ENGINES } from './engines.ts';
import { runOracle } from './oracle.ts';
import type { Built } from './random-program.ts';
import { LAYOUTS, type Setup, WINDOW_BITS } from './test-machine.ts';

const layout = LAYOUTS[0]!;
const WINDOW_END = layout.windowBase + 2 ** WINDOW_BITS;

/** A program that starts with those registers; s0 points to data unless given. */
function program(
  isa: IsaName,
  lines: readonly Line[],
  registers: Readonly<Record<number, number>> = {},
  setup?: Partial<Setup>,
): Built {
  const { textBase, dataBase } = setup?.layout ?? layout;
  const text = assemble(isa, textBase, lines);
  const start = Array.from({ length: 32 }, (_, r) => BigInt(registers[r] ?? (r === 8 ? dataBase : 0)));
  const data = Uint8Array.from({ length: 64 }, (_, i) => 255 - i);
  return {
    setup: {
      isa,
      layout,
      textBytes: text.length,
      alignedOnly: false,
      protectsText: false,
      data,
      registers: start,
      ...setup,
    },
    text,
    functionStarts: [],
  };
}

/** Runs `body` 300 times, then exits. */
function loop(...body: readonly Line[]): readonly Line[] {
  const head = { address: 0 };
  return [
    { mnemonic: 'addi', rd: 18, imm: 300 },
    { label: head },
    ...body,
    { mnemonic: 'addi', rd: 18, rs1: 18, imm: -1 },
    { mnemonic: 'bne', rs1: 18, to: head },
    { mnemonic: 'addi', rd: 17 },
    { mnemonic: 'ecall' },
  ];
}

const OUTSIDE = { address: layout.textBase - 64 };

const CASES: Readonly<Record<string, Built>> = {
  'a loop whose first instruction is a misaligned load': program(
    'rv32im',
    loop({ mnemonic: 'lw', rd: 10, rs1: 8, imm: 1 }),
  ),
  'a loop whose first instruction is a misaligned store': program(
    'rv64im',
    loop({ mnemonic: 'sd', rs1: 8, rs2: 18, imm: 3 }),
  ),
  'a jump out of the text after a loop': program('rv32im', [
    ...loop().slice(0, -2),
    { mnemonic: 'jal', rd: 1, to: OUTSIDE },
  ]),
  'a loop whose first instruction might branch out of the text': program(
    'rv32im',
    loop({ mnemonic: 'beq', rs1: 18, to: OUTSIDE }),
  ),
  'a loop whose first instruction stores below the text': program(
    'rv32im',
    loop({ mnemonic: 'sb', rs1: 8, rs2: 18 }),
    {},
    { protectsText: true, layout: LAYOUTS[2]! },
  ),
  'a loop whose first instruction runs into a bad address': program(
    'rv64im',
    loop({ mnemonic: 'lbu', rd: 10, rs1: 9, imm: 0 }, { mnemonic: 'addi', rd: 9, rs1: 9, imm: -8 }),
    { 9: 4096 + 8 * 280 },
  ),
  'a loop whose first instruction runs into the text': program(
    'rv64im',
    loop({ mnemonic: 'sd', rs1: 9, rs2: 18 }, { mnemonic: 'addi', rd: 9, rs1: 9, imm: -8 }),
    { 9: layout.textBase + 8 * 280 },
    { protectsText: true },
  ),
  'stores behind the end of the window': program(
    'rv32im',
    loop({ mnemonic: 'sw', rs1: 9, rs2: 18, imm: 0 }, { mnemonic: 'lw', rd: 10, rs1: 9 }),
    { 9: WINDOW_END + 16, 10: 0 },
    { protectsText: true },
  ),
  'stores behind the end of the window after loads from another page': program(
    'rv32im',
    [
      { mnemonic: 'lw', rd: 11, rs1: 9, imm: 0 },
      ...loop({ mnemonic: 'sw', rs1: 12, rs2: 18, imm: 0 }, { mnemonic: 'lw', rd: 10, rs1: 12 }),
    ],
    { 9: WINDOW_END + 0x50_0000, 12: WINDOW_END + 16 },
    { protectsText: true },
  ),
};

describe.each(ENGINES)('engine %s', engine => {
  it.each(Object.keys(CASES))('runs %s', title => {
    const built = CASES[title]!;
    const budget = 30_000;
    const executor = makeExecutor(built, { engine, budget, hot: 5 });
    expect(differences(built, executor, runOracle(built.setup, built.text, budget)).join('\n')).toBe('');
  });
});
