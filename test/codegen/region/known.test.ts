import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { type Extended, type Known, knownResult, SEXT, ZEXT } from '../../../codegen/region/known.ts';
import { effectsOf } from '../../../codegen/region/region.ts';

const set = isa('rv64im');
const PC = 0x12340;

const small = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31))).map(BigInt);
const values = fc.oneof(
  small,
  fc.bigInt(0n, 100n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(2n ** 31n - 2n, 2n ** 32n),
);
const immediates = fc.oneof(fc.integer({ min: -2048, max: 2047 }), fc.integer({ min: 0, max: 63 }), fc.constant(0));
const shiftAmounts = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constantFrom(0, 31, 32, 33));

const isSext = (value: bigint): boolean => BigInt.asIntN(64, value) === BigInt.asIntN(32, value);
const isZext = (value: bigint): boolean => BigInt.asUintN(64, value) === BigInt.asUintN(32, value);
/** What is true of values, as bits of registers x0, x1 and x2. */
const stateOf = (registers: readonly bigint[]): Extended => ({
  sext: registers.reduce((bits, value, r) => bits | (isSext(value) ? 1 << r : 0), 0),
  zext: registers.reduce((bits, value, r) => bits | (isZext(value) ? 1 << r : 0), 0),
});

const make = (mnemonic: string, rs1: number, rs2: number, imm: number): Instruction => ({
  row: rowOf(set, mnemonic),
  rd: 3,
  rs1,
  rs2,
  imm,
  size: 4,
});

const known = (instruction: Instruction, state: Extended, pc = PC): Known =>
  knownResult(instruction, effectsOf([instruction], pc)[0]!, pc + instruction.size, state);

function resultOf({ row, rs1, rs2, imm }: Instruction, registers: readonly bigint[], pc = PC): bigint {
  if (row.effect.kind !== 'write') throw new Error(`${row.mnemonic} writes no value`);
  const operands = { rs1: registers[rs1]!, rs2: registers[rs2]!, imm: BigInt(imm), pc: BigInt(pc) };
  return evaluate(row.effect.value, operands);
}

const written = set.rows.filter(row => row.effect.kind === 'write').map(row => row.mnemonic);

test.each(written)('%s is said to be extended only where it is', mnemonic => {
  const register = fc.integer({ min: 0, max: 2 });
  const imm = /^(sll|srl|sra)i/.test(mnemonic) ? shiftAmounts : immediates;
  const property = fc.property(register, register, imm, values, values, (rs1, rs2, imm, x1, x2) => {
    const instruction = make(mnemonic, rs1, rs2, imm);
    const registers = [0n, BigInt.asUintN(64, x1), BigInt.asUintN(64, x2)];
    const said = known(instruction, stateOf(registers));
    const result = resultOf(instruction, registers);
    if (said & SEXT) expect(isSext(result)).toBe(true);
    if (said & ZEXT) expect(isZext(result)).toBe(true);
  });
  fc.assert(property, { numRuns: 400 });
});

const NOTHING: Extended = { sext: 1, zext: 1 };
const X1_SEXT: Extended = { sext: 0b11, zext: 1 };
const X1_ZEXT: Extended = { sext: 1, zext: 0b11 };
const X1_SMALL: Extended = { sext: 0b11, zext: 0b11 };
const BOTH = SEXT | ZEXT;

type Case = readonly [mnemonic: string, rs1: number, rs2: number, imm: number, state: Extended, known: number];
const KINDS = new Map([
  [NOTHING, 'with nothing known of x1'],
  [X1_SEXT, 'with x1 sign-extended'],
  [X1_ZEXT, 'with x1 zero-extended'],
  [X1_SMALL, 'with x1 a small number'],
]);
const title = ([mnemonic, rs1, rs2, imm, state]: Case): string =>
  `${mnemonic} x${rs1}, x${rs2}, ${imm} ${KINDS.get(state)}`;

/** Values for x1, the edges of what a state says of it. */
const EDGES = new Map([
  [NOTHING, [0n, -1n, 2n ** 31n, 2n ** 32n, -(2n ** 63n), 2n ** 63n - 1n]],
  [X1_SEXT, [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n)]],
  [X1_ZEXT, [0n, 1n, 2n ** 31n, 2n ** 32n - 1n]],
  [X1_SMALL, [0n, 1n, 2n ** 31n - 1n]],
]);

describe('what is known', () => {
  const cases: readonly Case[] = [
    ['addi', 0, 0, -5, NOTHING, SEXT],
    ['addi', 1, 0, 0, X1_SEXT, SEXT],
    ['addi', 1, 0, 0, NOTHING, 0],
    ['addi', 1, 0, 1, X1_SEXT, 0],
    ['addiw', 1, 0, 1, NOTHING, SEXT],
    ['lui', 0, 0, -4096, NOTHING, SEXT],
    ['lui', 0, 0, 4096, NOTHING, BOTH],
    ['andi', 1, 0, 7, NOTHING, BOTH],
    ['andi', 1, 0, -8, NOTHING, 0],
    ['andi', 1, 0, -8, X1_ZEXT, ZEXT],
    ['ori', 1, 0, -8, X1_SEXT, SEXT],
    ['srliw', 1, 0, 3, NOTHING, BOTH],
    ['srliw', 1, 0, 0, NOTHING, SEXT],
    ['slt', 1, 1, 0, NOTHING, BOTH],
    ['mul', 1, 1, 0, X1_SMALL, 0],
  ];
  it.each(cases.map(one => [title(one), one] as const))('of %s', (_, [mnemonic, rs1, rs2, imm, state, expected]) => {
    expect(known(make(mnemonic, rs1, rs2, imm), state)).toBe(expected);
  });

  it.each([
    ['lb', SEXT],
    ['lbu', BOTH],
    ['lw', SEXT],
    ['lwu', ZEXT],
    ['ld', 0],
  ])('of %s', (mnemonic, expected) => {
    expect(known(make(mnemonic, 1, 0, 0), NOTHING)).toBe(expected);
  });

  it('of a link and of auipc depends on where they stand', () => {
    const jal = make('jal', 0, 0, 16);
    expect(known(jal, NOTHING)).toBe(BOTH);
    expect(known(jal, NOTHING, 0x8000_0000)).toBe(ZEXT);
    expect(known(make('auipc', 0, 0, 4096), NOTHING, 0x7fff_fffc)).toBe(ZEXT);
  });
});

/**
 * Where two analyses, one per printer, once disagreed: in each of these one said more than the other, and it was right,
 * as the values show.
 */
describe('what only one of two analyses knew is true', () => {
  const cases: readonly Case[] = [
    ['auipc', 0, 0, 4096, NOTHING, BOTH],
    ['slli', 0, 0, 5, NOTHING, BOTH],
    ['slli', 1, 0, 0, X1_SEXT, SEXT],
    ['srli', 1, 0, 0, X1_SEXT, SEXT],
    ['srli', 1, 0, 32, NOTHING, ZEXT],
    ['srli', 1, 0, 33, NOTHING, BOTH],
    ['srli', 1, 0, 5, X1_ZEXT, BOTH],
    ['srai', 1, 0, 32, NOTHING, SEXT],
    ['srai', 1, 0, 5, X1_ZEXT, BOTH],
    ['add', 0, 1, 0, X1_SEXT, SEXT],
    ['add', 1, 0, 0, X1_ZEXT, ZEXT],
    ['sub', 1, 0, 0, X1_SEXT, SEXT],
    ['sll', 1, 0, 0, X1_SEXT, SEXT],
    ['sll', 0, 1, 0, NOTHING, BOTH],
    ['srl', 1, 0, 0, X1_SEXT, SEXT],
    ['srl', 1, 1, 0, X1_SMALL, BOTH],
    ['sra', 1, 1, 0, X1_SEXT, SEXT],
    ['sra', 1, 1, 0, X1_ZEXT, ZEXT],
    ['sra', 0, 1, 0, NOTHING, BOTH],
    ['and', 0, 1, 0, NOTHING, BOTH],
  ];
  it.each(cases.map(one => [title(one), one] as const))('of %s', (_, [mnemonic, rs1, rs2, imm, state, expected]) => {
    const instruction = make(mnemonic, rs1, rs2, imm);
    expect(known(instruction, state)).toBe(expected);
    for (const x1 of EDGES.get(state)!) {
      const result = resultOf(instruction, [0n, BigInt.asUintN(64, x1), 0n]);
      if (expected & SEXT) expect(isSext(result)).toBe(true);
      if (expected & ZEXT) expect(isZext(result)).toBe(true);
    }
  });

  it('for ten mnemonics', () => {
    expect(new Set(cases.map(([mnemonic]) => mnemonic)).size).toBe(10);
  });
});
