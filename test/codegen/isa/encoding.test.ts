import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { parseEncoding, parseFixedBits } from '../../../codegen/isa/encoding.ts';
import { type IsaName, isa, numberRows } from '../../../codegen/isa/index.ts';
import { rv32i } from '../../../codegen/isa/rows/rv32i.ts';
import { opReads, writesRd } from '../../../codegen/isa/summary.ts';
import { nameUnsupported } from '../../../codegen/isa/unsupported.ts';
import { recorded } from './vectors.ts';

const ISA_NAMES: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];

/** Mask and match by name from Spike's encoding.h, dots in names being underscores there. */
const spike = new Map(
  recorded('encodings').map(line => {
    const [name = '', mask, match] = line.split(' ');
    return [name, { mask: Number(`0x${mask}`), match: Number(`0x${match}`) }] as const;
  }),
);

describe('parseEncoding', () => {
  it('reads operands and fixed bits in decimal, hexadecimal and binary', () => {
    expect(parseEncoding('sub rd rs1 rs2 31..25=0b0100000 14..12=0 6..2=0x0C 1=1 0=1')).toEqual({
      mnemonic: 'sub',
      operands: ['rd', 'rs1', 'rs2'],
      mask: 0xfe00707f,
      match: 0x40000033,
    });
  });

  it.each([
    ['an operand that it does not know', 'add rd rs1 rs9 31..25=0 14..12=0 6..2=0x0C 1..0=3', /unknown operand rs9/],
    ['bits given twice', 'add rd rs1 rs2 31..24=0 14..12=0 6..2=0x0C 1..0=3', /overlap/],
    ['bits that are left open', 'add rd rs1 31..25=0 14..12=0 6..2=0x0C 1..0=3', /left open/],
    ['a value wider than its field', 'add rd rs1 rs2 31..25=128 14..12=0 6..2=0x0C 1..0=3', /bad field/],
    ['a field that runs upwards', 'add rd rs1 rs2 25..31=0 14..12=0 6..2=0x0C 1..0=3', /bad field/],
    ['an empty line', ' ', /empty/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseEncoding(text)).toThrow(message);
  });

  it('keeps the top bit unsigned', () => {
    expect(parseFixedBits('x 31=1')).toEqual({ mnemonic: 'x', names: [], mask: 0x80000000, match: 0x80000000 });
  });
});

describe.each(ISA_NAMES)('%s', name => {
  const set = isa(name);

  it('has the masks and matches of Spike', () => {
    for (const { mnemonic, encoding } of set.rows) {
      const isShift32 = set.xlen === 32 && ['slli', 'srli', 'srai'].includes(mnemonic);
      const { mask, match } = encoding;
      expect({ mnemonic, mask, match }).toEqual({ mnemonic, ...spike.get(isShift32 ? `${mnemonic}_rv32` : mnemonic) });
    }
  });

  it('has as many rows as the manual lists instructions', () => {
    // RV32I 40, M 8; RV64I 12 more (its shifts by an immediate replace those of RV32I), M 5 more.
    expect(set.rows.length).toBe(set.xlen === 32 ? 48 : 65);
  });

  it('numbers its rows densely and is made once', () => {
    expect(set.rows.map(row => row.index)).toEqual(set.rows.map((_, i) => i));
    expect(isa(name)).toBe(set);
  });

  it('reads and writes the registers that its encodings name, except for fence', () => {
    for (const row of set.rows) {
      if (row.mnemonic === 'fence') continue;
      const { operands } = row.encoding;
      expect([row.mnemonic, opReads(row), writesRd(row)]).toEqual([
        row.mnemonic,
        { rs1: operands.includes('rs1'), rs2: operands.includes('rs2') },
        operands.includes('rd'),
      ]);
    }
  });
});

it('refuses two rows that the same word could be', () => {
  const definitions = rv32i(32);
  const copy = { ...definitions[3]!, mnemonic: 'jalr2' };
  expect(() => numberRows([...definitions, copy])).toThrow('isa: jalr and jalr2 overlap');
});

describe('nameUnsupported', () => {
  const NAMED: Readonly<Record<string, readonly string[]>> = {
    A: ['lr.w', 'sc.d', 'amoswap.w', 'amoadd.d', 'amoxor.w', 'amoand.w', 'amoor.d', 'amomin.w', 'amomaxu.d'],
    Zicsr: ['csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci'],
    Zifencei: ['fence.i'],
    privileged: ['mret', 'sret', 'wfi', 'sfence.vma'],
    Zba: ['sh1add', 'sh2add', 'sh3add', 'sh1add.uw', 'sh2add.uw', 'sh3add.uw', 'add.uw', 'slli.uw'],
    Zbb: ['andn', 'orn', 'xnor', 'clz', 'ctz', 'cpop', 'clzw', 'ctzw', 'cpopw', 'min', 'minu', 'max', 'maxu'].concat([
      'rol',
      'ror',
      'rori',
      'rolw',
      'rorw',
      'roriw',
      'sext.b',
      'sext.h',
      'orc.b',
      'rev8',
    ]),
    Zbc: ['clmul', 'clmulh', 'clmulr'],
    Zbs: ['bclr', 'bclri', 'bext', 'bexti', 'binv', 'binvi', 'bset', 'bseti'],
    Zicond: ['czero.eqz', 'czero.nez'],
  };

  it.each(Object.entries(NAMED))('knows instructions of %s by name', (extension, mnemonics) => {
    for (const mnemonic of mnemonics) {
      const match = spike.get(mnemonic.replaceAll('.', '_'))?.match;
      expect(match, mnemonic).toBeDefined();
      expect(nameUnsupported(match!)).toBe(`${mnemonic} (${extension})`);
    }
  });

  it.each([
    ['F', ['fadd.s', 'flw', 'fsw', 'fmadd.s', 'fcvt.w.s']],
    ['D', ['fadd.d', 'fld', 'fsd', 'fnmsub.d', 'fcvt.d.s']],
    ['V', ['vadd.vv', 'vsetvli', 'vle32.v', 'vse8.v']],
  ])('knows floating-point and vector words as %s', (extension, mnemonics) => {
    for (const mnemonic of mnemonics) {
      const match = spike.get(mnemonic.replaceAll('.', '_'))?.match;
      expect([mnemonic, nameUnsupported(match!)]).toEqual([mnemonic, extension]);
    }
  });

  it.each([
    [0x0000000b, 'custom-0'],
    [0x0000002b, 'custom-1'],
    [0x0000005b, 'custom-2'],
    [0x0000007b, 'custom-3'],
    [0xc0001073, 'unimp'],
    [0x00000000, 'unimp'],
    [0x0000001f, 'an instruction longer than 32 bits'],
  ])('calls %s %s', (word, name) => {
    expect(nameUnsupported(word)).toBe(name);
  });

  it('says that a word of RV32 belongs to RV64 or to C', () => {
    expect(nameUnsupported(0x00053503, isa('rv32im'))).toBe('ld (RV64I)');
    expect(nameUnsupported(0x02c5853b, isa('rv32im'))).toBe('mulw (RV64M)');
    expect(nameUnsupported(0x00000505, isa('rv32im'))).toBe('c.addi (C)');
    expect(nameUnsupported(0x00006108, isa('rv32imc'))).toBe('c.flw (F)');
    expect(nameUnsupported(0x00002008, isa('rv64imc'))).toBe('c.fld (D)');
  });

  it('never names a word that the set decodes as something else', () => {
    const decode = makeDecoder(isa('rv64imc'));
    for (const mnemonic of Object.values(NAMED).flat()) {
      expect([mnemonic, decode(spike.get(mnemonic.replaceAll('.', '_'))!.match)]).toEqual([mnemonic, undefined]);
    }
  });
});
