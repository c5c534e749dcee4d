// Where programs stop: at each instruction that a budget can end with, and at jumps to every kind of wrong place.

import { describe, expect, it } from 'vitest';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { sampled } from '../depth.ts';
import type { Line } from './assembler.ts';
import { differences, prepare } from './compare.ts';
import { METERED, ROWS, RUNNERS } from './engines.ts';
import { runOracle } from './oracle.ts';
import type { Built } from './random-program.ts';
import { type Rules, smallProgram } from './small-program.ts';
import { LAYOUTS } from './test-machine.ts';

const SETS: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];
const HOT = 5;

const { textBase, dataBase, windowBase, windowBits, farBase } = LAYOUTS[0]!;
const OUTSIDE = windowBase + 2 ** windowBits + 2 ** 20;
const DATA = Uint8Array.from({ length: 64 }, (_, i) => 255 - i);

/** Three rounds of an instruction of each kind, in all windows and outside them. */
function everyKind(name: IsaName): readonly Line[] {
  const [store, load] = isa(name).xlen === 64 ? ['sd', 'ld'] : ['sw', 'lw'];
  const head = { address: 0 };
  const callee = { address: 0 };
  const on = { address: 0 };
  const lines: readonly Line[] = [
    { label: head },
    { mnemonic: 'addi', rd: 10, rs1: 10, imm: 3, compress: true },
    { mnemonic: store!, rs1: 8, rs2: 10 },
    { mnemonic: load!, rd: 11, rs1: 8, imm: 8 },
    { mnemonic: store!, rs1: 9, rs2: 10, imm: 16 },
    { mnemonic: load!, rd: 12, rs1: 9, imm: 16 },
    { mnemonic: 'sb', rs1: 18, rs2: 10, imm: 1 },
    { mnemonic: 'lhu', rd: 13, rs1: 18, imm: 0 },
    { mnemonic: 'mul', rd: 10, rs1: 10, rs2: 11 },
    { mnemonic: 'addi', rd: 17, imm: 1 },
    { mnemonic: 'ecall' },
    { mnemonic: 'beq', rs1: 0, rs2: 0, to: on },
    { mnemonic: 'ebreak' },
    { label: on },
    { mnemonic: 'jal', rd: 1, to: callee },
    { mnemonic: 'fence' },
    { mnemonic: 'addi', rd: 20, rs1: 20, imm: -1 },
    { mnemonic: 'bne', rs1: 20, to: head },
    { mnemonic: 'addi', rd: 17 },
    { mnemonic: 'ecall' },
    { label: callee },
    { mnemonic: 'divu', rd: 14, rs1: 10, rs2: 13 },
    { mnemonic: 'jalr', rs1: 1 },
  ];
  return lines.map(line => ('mnemonic' in line ? { compress: true, ...line } : line));
}

const registersOf = (more: Readonly<Record<number, bigint>> = {}): Record<number, bigint> => ({
  8: BigInt(dataBase),
  9: BigInt(farBase),
  18: BigInt(OUTSIDE),
  20: 3n,
  ...more,
});

const rulesOf = (isTraced: boolean): Rules => ({ alignedOnly: isTraced, protectsText: false });

describe.each([...ROWS, ...METERED])('engine $name, $mode', ({ engine, mode, hot = HOT }) => {
  // Machines with traces are of RV64IM.
  it.each(mode === 'pure' ? SETS : (['rv64im'] as const))('of %s stops at each instruction', name => {
    const isTraced = mode === 'traced';
    const parts = { lines: everyKind(name), registers: registersOf(), data: DATA, ...rulesOf(isTraced) };
    const built = smallProgram(name, parts);
    const { instructions } = runOracle(built.setup, built.text, 1000);
    expect(instructions).toBeGreaterThan(50);
    const budgets = sampled(
      Array.from({ length: instructions + 2 }, (_, budget) => budget),
      5,
    );
    for (const budget of budgets) {
      // Chunks that end with each access, and with each second or third one.
      const threshold = isTraced ? 1 + (budget % 3) : undefined;
      const oracle = runOracle(built.setup, built.text, budget, threshold);
      // Periods that end with each instruction, and none.
      const period = mode === 'metered' ? (budget % 2 === 0 ? 2 ** 20 : 1 + (budget % 7)) : undefined;
      const found = differences(built, prepare(built, { engine, budget, hot, threshold, period }), oracle);
      expect([budget, ...found]).toEqual([budget]);
    }
  });
});

/** Nothing here runs often enough to be compiled. */
const INTERPRETERS = RUNNERS.filter(({ name }) => name === 'interpreter' || name === 'cold');

const END = { address: 0 };

/** The instruction that goes wrong, with the value of register 5. */
interface Jump {
  readonly line: Line;
  readonly target?: bigint;
}

/** Jumps of a text of three instructions of 4 bytes, the second of which they are. */
const jumpsOf = (xlen: 32 | 64): Readonly<Record<string, Jump>> => {
  const through = (target: bigint, imm = 0, rd = 1): Jump => ({
    line: { mnemonic: 'jalr', rd, rs1: 5, imm },
    target: BigInt.asUintN(xlen, target),
  });
  const text = BigInt(textBase);
  return {
    'a jump below the text': { line: { mnemonic: 'jal', rd: 1, to: { address: textBase - 4 } } },
    'a jump to the end of the text': { line: { mnemonic: 'jal', rd: 1, to: END } },
    'a jump far behind the text': { line: { mnemonic: 'jal', to: { address: textBase + 0x1000 } } },
    'a jump between instructions': { line: { mnemonic: 'jal', rd: 1, to: { address: textBase + 2 } } },
    'a branch below the text': { line: { mnemonic: 'bne', rs1: 8, to: { address: textBase - 8 } } },
    'a branch to the end of the text': { line: { mnemonic: 'bne', rs1: 8, to: END } },
    'a branch between instructions': { line: { mnemonic: 'bne', rs1: 8, to: { address: textBase + 10 } } },
    'a branch out of the text that is not taken': { line: { mnemonic: 'beq', rs1: 8, to: END } },
    'a branch between instructions that is not taken': {
      line: { mnemonic: 'beq', rs1: 8, to: { address: textBase + 10 } },
    },
    'a jump through a register below the text': through(text - 4n),
    'a jump through a register to the end of the text': through(text + 12n),
    'a jump through a register to the last instruction': through(text + 8n),
    'a jump through a register to the last instruction, with an offset': through(text + 9n, -1),
    'a jump through a register to an odd address, which is the even one before': through(text + 9n),
    'a jump through a register to an odd address before a half instruction': through(text + 11n),
    'a jump through a register between instructions': through(text + 10n),
    'a jump through a register that wraps': through(-2n, 2),
    'a jump through a register to itself as the link': through(text + 8n, 0, 5),
    'a jump through a register to address 0': through(0n),
    'a jump through a register to the last address': through(-1n),
    'a jump through a register to 2^31 beyond the text': through(text + 2n ** 31n + 8n),
    'a jump through a register to 2^32 beyond the text': through(text + 2n ** 32n + 8n),
    'a jump through a register to 2^63 beyond the text': through(text + 2n ** 63n + 8n),
    'an instruction that is none': { line: { word: 0 } },
    'a breakpoint': { line: { mnemonic: 'ebreak' } },
  };
};

describe.each(SETS)('in %s', name => {
  const jumps = jumpsOf(isa(name).xlen);

  it.each(Object.keys(jumps))('%s ends as it should', title => {
    const { line, target = 0n } = jumps[title]!;
    // Falls off the end of the text where nothing else happens.
    const lines: readonly Line[] = [
      { mnemonic: 'addi', rd: 10, imm: 7, compress: false },
      line,
      { mnemonic: 'addi', rd: 11, rs1: 10, imm: 1 },
      { label: END },
    ];
    const built: Built = smallProgram(name, {
      lines,
      registers: registersOf({ 5: target }),
      data: DATA,
      ...rulesOf(false),
    });
    for (const budget of [1, 2, 100]) {
      const oracle = runOracle(built.setup, built.text, budget);
      for (const { name: runner, engine, hot = HOT } of INTERPRETERS) {
        const found = differences(built, prepare(built, { engine, budget, hot }), oracle);
        expect([runner, budget, ...found]).toEqual([runner, budget]);
      }
    }
  });
});
