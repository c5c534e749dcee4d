import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { encode, type Operands } from '../../../codegen/isa/encode.ts';
import { type ImmediateLayout, immediateLayout } from '../../../codegen/isa/encoding.ts';
import { type IsaName, isa, type Row, rowOf } from '../../../codegen/isa/index.ts';

const ISA_NAMES: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];

/** Least, greatest and step of each immediate, from the manual's formats. */
const RANGES: Readonly<Record<ImmediateLayout, readonly [number, number, number]>> = {
  none: [0, 0, 1],
  I: [-2048, 2047, 1],
  S: [-2048, 2047, 1],
  B: [-4096, 4094, 2],
  U: [-(2 ** 31), 2 ** 31 - 4096, 4096],
  J: [-(2 ** 20), 2 ** 20 - 2, 2],
  shamt5: [0, 31, 1],
  shamt6: [0, 63, 1],
  fence: [-2048, 2047, 1],
};

function operandsFor(row: Row): fc.Arbitrary<Required<Operands>> {
  const register = (name: 'rd' | 'rs1' | 'rs2'): fc.Arbitrary<number> =>
    fc.integer({ min: 0, max: row.encoding.operands.includes(name) ? 31 : 0 });
  const [min, max, size] = RANGES[immediateLayout(row.encoding)];
  return fc.record({
    rd: register('rd'),
    rs1: register('rs1'),
    rs2: register('rs2'),
    imm: fc.integer({ min: min / size, max: max / size }).map(n => n * size),
  });
}

describe.each(ISA_NAMES)('the decoder of %s', name => {
  const set = isa(name);
  const decode = makeDecoder(set);

  it('takes back what encode put together, for every row', () => {
    for (const row of set.rows) {
      fc.assert(
        fc.property(operandsFor(row), operands => {
          expect(decode(encode(row, operands))).toEqual({ row, ...operands, size: 4 });
        }),
        { numRuns: 30 },
      );
    }
  });

  it('agrees with a search through all masks and matches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x3fffffff }),
        fc.constantFrom(...set.rows),
        fc.boolean(),
        (bits, row, near) => {
          const random = bits * 4 + 3;
          // Words near a row: its fixed bits with at most one of them flipped.
          const flip = (1 << (bits & 31)) & ~3;
          const word = near ? (((random & ~row.encoding.mask) | row.encoding.match) ^ flip) >>> 0 : random;
          const found = set.rows.filter(({ encoding: { mask, match } }) => (word & mask) >>> 0 === match);
          expect(found.length).toBeLessThanOrEqual(1);
          expect(decode(word)?.row).toBe(found[0]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes words as signed or unsigned numbers alike', () => {
    const word = encode(rowOf(set, 'addi'), { rd: 1, rs1: 2, imm: -1 });
    expect(word).toBeGreaterThan(0x7fffffff);
    expect(decode(word | 0)).toEqual(decode(word));
  });
});

describe('encode', () => {
  const set = isa('rv32im');

  it.each([
    ['addi', { imm: 2048 }],
    ['addi', { imm: 0.5 }],
    ['addi', { rs2: 1 }],
    ['add', { imm: 1 }],
    ['add', { rd: 32 }],
    ['beq', { imm: 3 }],
    ['beq', { imm: 4096 }],
    ['jal', { imm: 2 ** 20 }],
    ['lui', { imm: 1 }],
    ['slli', { imm: 32 }],
    ['sw', { rd: 1 }],
    ['ecall', { rs1: 1 }],
  ] as const)('refuses operands that do not fit %s: %j', (mnemonic, operands) => {
    expect(() => encode(rowOf(set, mnemonic), operands)).toThrow(RangeError);
  });

  it('gives the words that the GNU assembler gives', () => {
    // GNU assembler 2.40.
    expect(encode(rowOf(set, 'beq'), { rs1: 10, rs2: 11, imm: -4 })).toBe(0xfeb50ee3);
    expect(encode(rowOf(set, 'jal'), { rd: 1, imm: -4 })).toBe(0xffdff0ef);
    expect(encode(rowOf(set, 'sw'), { rs1: 2, rs2: 24, imm: -16 })).toBe(0xff812823);
    expect(encode(rowOf(set, 'lui'), { rd: 10, imm: 0x12345000 })).toBe(0x12345537);
  });
});
