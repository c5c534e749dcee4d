// Small programs, each of which once went wrong between compiled code and the interpreter.

import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { assemble, type Line } from './assembler.ts';
import { differences, prepare } from './compare.ts';
import { ROWS } from './engines.ts';
import { runOracle } from './oracle.ts';
import type { Built } from './random-program.ts';
import { LAYOUTS, type Setup } from './test-machine.ts';

const layout = LAYOUTS[0]!;
const WINDOW_END = layout.windowBase + 2 ** layout.windowBits;

/** `lines` with those registers at the start; s0 points to data unless given. */
interface Case {
  readonly lines: (isa: IsaName) => readonly Line[];
  readonly registers?: Readonly<Record<number, number>>;
  readonly setup?: Partial<Setup>;
}

function program(isa: IsaName, { lines, registers = {}, setup }: Case, alignedOnly: boolean): Built {
  const { textBase, dataBase } = setup?.layout ?? layout;
  const text = assemble(isa, textBase, lines(isa));
  const start = Array.from({ length: 32 }, (_, r) => BigInt(registers[r] ?? (r === 8 ? dataBase : 0)));
  const data = Uint8Array.from({ length: 64 }, (_, i) => 255 - i);
  return {
    setup: {
      machine: 'test',
      isa,
      layout,
      textBytes: text.length,
      alignedOnly,
      protectsText: false,
      data,
      registers: start,
      inputs: [],
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

const store = (isa: IsaName): string => (isa === 'rv64im' ? 'sd' : 'sw');

const CASES: Readonly<Record<string, Case>> = {
  'a loop whose first instruction is a misaligned load': {
    lines: () => loop({ mnemonic: 'lw', rd: 10, rs1: 8, imm: 1 }),
  },
  'a loop whose first instruction is a misaligned store': {
    lines: isa => loop({ mnemonic: store(isa), rs1: 8, rs2: 18, imm: 3 }),
  },
  'a jump out of the text after a loop': {
    lines: () => [...loop().slice(0, -2), { mnemonic: 'jal', rd: 1, to: OUTSIDE }],
  },
  'a loop whose first instruction might branch out of the text': {
    lines: () => loop({ mnemonic: 'beq', rs1: 18, to: OUTSIDE }),
  },
  'a loop whose first instruction stores below the text': {
    lines: () => loop({ mnemonic: 'sb', rs1: 8, rs2: 18 }),
    setup: { protectsText: true, layout: LAYOUTS[2]! },
  },
  'a loop whose first instruction runs into a bad address': {
    lines: () => loop({ mnemonic: 'lbu', rd: 10, rs1: 9, imm: 0 }, { mnemonic: 'addi', rd: 9, rs1: 9, imm: -8 }),
    registers: { 9: 4096 + 8 * 280 },
  },
  'a loop whose first instruction runs into the text': {
    lines: isa => loop({ mnemonic: store(isa), rs1: 9, rs2: 18 }, { mnemonic: 'addi', rd: 9, rs1: 9, imm: -8 }),
    registers: { 9: layout.textBase + 8 * 280 },
    setup: { protectsText: true },
  },
  'a loop that writes over the text it runs': {
    lines: isa => loop({ mnemonic: store(isa), rs1: 9, rs2: 18 }, { mnemonic: 'lbu', rd: 10, rs1: 9, imm: 1 }),
    registers: { 9: layout.textBase + 8 },
  },
  'stores behind the end of the window': {
    lines: () => loop({ mnemonic: 'sw', rs1: 9, rs2: 18, imm: 0 }, { mnemonic: 'lw', rd: 10, rs1: 9 }),
    registers: { 9: WINDOW_END + 16, 10: 0 },
    setup: { protectsText: true },
  },
  'stores behind the end of the window after loads from another page': {
    lines: () => [
      { mnemonic: 'lw', rd: 11, rs1: 9, imm: 0 },
      ...loop({ mnemonic: 'sw', rs1: 12, rs2: 18, imm: 0 }, { mnemonic: 'lw', rd: 10, rs1: 12 }),
    ],
    registers: { 9: WINDOW_END + 0x50_0000, 12: WINDOW_END + 16 },
    setup: { protectsText: true },
  },
};

/** Entries of a chunk: compiled code writes none, some, or all of them. */
const THRESHOLDS = [50, 4250, 2 ** 20];
const BUDGET = 30_000;

describe.each(ROWS)('engine $name, $mode', ({ engine, mode, hot = 5 }) => {
  // Machines with traces are of RV64IM, refuse misaligned accesses and let text be written.
  const traced = mode === 'traced';
  describe.each(traced ? (['rv64im'] as const) : (['rv32im', 'rv64im'] as const))('%s', isa => {
    it.each(Object.keys(CASES))('runs %s', title => {
      const { setup, ...rest } = CASES[title]!;
      const protectsText = !traced && setup?.protectsText === true;
      const built = program(isa, { ...rest, setup: { ...setup, protectsText } }, traced);
      for (const threshold of traced ? THRESHOLDS : [undefined]) {
        const oracle = runOracle(built.setup, built.text, BUDGET, threshold);
        const prepared = prepare(built, { engine, budget: BUDGET, hot, threshold });
        expect(differences(built, prepared, oracle).join('\n')).toBe('');
      }
    });
  });
});
