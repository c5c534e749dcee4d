// What is a rotation and what only looks like one; and what compiled code makes of both, against the evaluator.

import { describe, expect, it } from 'vitest';
import { type IsaName, isa } from '../../../codegen/isa/index.ts';
import { makeText } from '../../../codegen/program/text.ts';
import { formRegion } from '../../../codegen/region/region.ts';
import { findRotates, type Rotate } from '../../../codegen/region/rotates.ts';
import { assemble, type Line } from '../../engines/assembler.ts';
import { differences, prepare } from '../../engines/compare.ts';
import { runOracle } from '../../engines/oracle.ts';
import { smallProgram } from '../../engines/small-program.ts';

const BASE = 0x1_0000;
const [X, T, U, D] = [10, 11, 12, 13];

const shift = (mnemonic: string, rd: number, rs1: number, imm: number): Line => ({ mnemonic, rd, rs1, imm });
const join = (mnemonic: string, rd: number, rs1: number, rs2: number): Line => ({ mnemonic, rd, rs1, rs2 });

interface Case {
  readonly title: string;
  readonly isa: IsaName;
  readonly lines: readonly Line[];
  /** What the last line is, where it rotates. */
  readonly rotate?: Rotate;
}

const CASES: readonly Case[] = [
  {
    title: 'a word of RV64',
    isa: 'rv64im',
    lines: [shift('slliw', T, X, 7), shift('srliw', U, X, 25), join('or', D, T, U)],
    rotate: { first: 0, source: X, amount: 7, w: 32 },
  },
  {
    title: 'a word to the right, joined by xor, over its source',
    isa: 'rv64im',
    lines: [shift('srliw', T, X, 6), shift('slliw', X, X, 26), join('xor', X, X, T)],
    rotate: { first: 0, source: X, amount: 26, w: 32 },
  },
  {
    title: 'a doubleword whose source is written before the last',
    isa: 'rv64im',
    lines: [shift('slli', T, X, 40), shift('srli', U, X, 24), shift('addi', X, X, 1), join('add', D, U, T)],
    rotate: { first: 0, source: X, amount: 40, w: 64 },
  },
  {
    title: 'RV32',
    isa: 'rv32im',
    lines: [shift('srli', T, X, 31), shift('slli', U, X, 1), join('or', D, T, U)],
    rotate: { first: 0, source: X, amount: 1, w: 32 },
  },
  {
    title: 'shifts that are no complements',
    isa: 'rv64im',
    lines: [shift('slliw', T, X, 7), shift('srliw', U, X, 24), join('or', D, T, U)],
  },
  {
    title: 'a word and a doubleword',
    isa: 'rv64im',
    lines: [shift('slli', T, X, 7), shift('srliw', U, X, 25), join('or', D, T, U)],
  },
  {
    title: 'an arithmetic shift',
    isa: 'rv64im',
    lines: [shift('slli', T, X, 60), shift('srai', U, X, 4), join('or', D, T, U)],
  },
  {
    title: 'a source that is written between the shifts',
    isa: 'rv64im',
    lines: [shift('slli', T, X, 8), shift('addi', X, X, 1), shift('srli', U, X, 56), join('or', D, T, U)],
  },
  {
    title: 'a shift that is written over',
    isa: 'rv64im',
    lines: [shift('slli', T, X, 8), shift('srli', U, X, 56), shift('addi', U, U, 1), join('or', D, T, U)],
  },
  {
    title: 'two shifts to the left',
    isa: 'rv32im',
    lines: [shift('slli', T, X, 8), shift('slli', U, X, 24), join('or', D, T, U)],
  },
  {
    title: 'a shift joined with itself',
    isa: 'rv32im',
    lines: [shift('slli', T, X, 16), join('xor', D, T, T)],
  },
];

describe.each(CASES)('$title', ({ isa: name, lines, rotate }) => {
  it(rotate === undefined ? 'is none' : 'is one', () => {
    const text = makeText(isa(name), BASE, assemble(name, BASE, lines));
    const limits = { maxInstructions: 100, isFunctionStart: () => false, seenTargets: () => [] };
    const [block] = formRegion(text, BASE, limits).blocks;
    const expected = rotate === undefined ? [] : [[lines.length - 1, rotate]];
    expect([...findRotates(block!)]).toEqual(expected);
  });

  it('compiled makes the same', () => {
    const head = { address: 0 };
    const whole: readonly Line[] = [
      { label: head },
      ...lines,
      // Of the result once all and once, where there are halves, the lower one.
      ...(isa(name).xlen === 64 ? [shift('addiw', 14, D, 3)] : []),
      join('add', X, X, D),
      join('add', X, X, 14),
      shift('addi', 9, 9, -1),
      { mnemonic: 'bne', rs1: 9, to: head },
      { mnemonic: 'addi', rd: 17 },
      { mnemonic: 'ecall' },
    ];
    const registers = { 9: 6000n, [X]: 0x8123_4567_89ab_cdefn };
    const parts = { lines: whole, registers, data: new Uint8Array(8), alignedOnly: false, protectsText: false };
    const built = smallProgram(name, parts);
    const oracle = runOracle(built.setup, built.text, 60_000);
    for (const engine of ['wasm', 'js'] as const)
      expect(differences(built, prepare(built, { engine, budget: 60_000, hot: 10 }), oracle)).toEqual([]);
  });
});
