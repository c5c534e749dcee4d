import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { isWordAfter } from '../../../codegen/wasm/words.ts';

const set = isa('rv64im');
const PC = 0x12340n;

const words = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31))).map(BigInt);
const values = fc.oneof(words, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(2n ** 31n - 2n, 2n ** 32n));
const immediates = fc.oneof(fc.integer({ min: -2048, max: 2047 }), fc.integer({ min: 0, max: 63 }), fc.constant(0));

/** x1 and x2 hold the values; x0 is zero. */
function resultOf({ row, rs1, rs2, imm }: Instruction, x1: bigint, x2: bigint): bigint {
  if (row.effect.kind !== 'write') throw new Error(`${row.mnemonic} writes no value`);
  const registers = [0n, x1, x2];
  const operands = { rs1: registers[rs1]!, rs2: registers[rs2]!, imm: BigInt(imm), pc: PC };
  return BigInt.asIntN(64, evaluate(row.effect.value, operands));
}

const written = set.rows.filter(row => row.effect.kind === 'write');

test.each(written.map(row => row.mnemonic))('%s is said to give a word only where it gives one', mnemonic => {
  const row = rowOf(set, mnemonic);
  const register = fc.integer({ min: 0, max: 2 });
  const property = fc.property(
    register,
    register,
    /^(sll|srl|sra)i/.test(mnemonic) ? fc.integer({ min: 0, max: 63 }) : immediates,
    values,
    values,
    (rs1, rs2, imm, x1, x2) => {
      const instruction: Instruction = { row, rd: 3, rs1, rs2, imm, size: 4 };
      const isWord = (value: bigint): boolean => BigInt.asIntN(32, value) === value;
      const known = 1 | (isWord(BigInt.asIntN(64, x1)) ? 2 : 0) | (isWord(BigInt.asIntN(64, x2)) ? 4 : 0);
      if (!isWordAfter(instruction, Number(PC), known)) return;
      const result = resultOf(instruction, BigInt.asUintN(64, x1), BigInt.asUintN(64, x2));
      expect(BigInt.asIntN(32, result)).toBe(result);
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('copies, constants and word operations of the compiler are known', () => {
  const make = (mnemonic: string, rs1: number, imm: number): Instruction => ({
    row: rowOf(set, mnemonic),
    rd: 3,
    rs1,
    rs2: 0,
    imm,
    size: 4,
  });
  const cases: readonly (readonly [Instruction, number, boolean])[] = [
    [make('addi', 0, -5), 1, true],
    [make('addi', 1, 0), 3, true],
    [make('addi', 1, 0), 1, false],
    [make('addi', 1, 1), 3, false],
    [make('addiw', 1, 1), 1, true],
    [make('lui', 0, -4096), 1, true],
    [make('andi', 1, 7), 1, true],
    [make('andi', 1, -8), 1, false],
    [make('srli', 1, 33), 1, true],
    [make('srli', 1, 32), 3, false],
    [make('lw', 1, 0), 1, true],
    [make('lwu', 1, 0), 1, false],
    [make('ld', 1, 0), 3, false],
  ];
  for (const [instruction, known, expected] of cases)
    expect(isWordAfter(instruction, Number(PC), known)).toBe(expected);
});
