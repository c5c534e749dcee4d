// Names for instructions that are not rows, so that a refusal can say what a program needs. Encodings: riscv-opcodes.

import { makeExpander } from './c.ts';
import { parseFixedBits } from './encoding.ts';
import { type Isa, isa } from './index.ts';

interface Named {
  readonly mask: number;
  readonly match: number;
  readonly name: string;
}

const named = (name: string, bits: string): Named => {
  const { mask, match } = parseFixedBits(`${name} ${bits}`);
  return { mask, match, name };
};

const instructions = (extension: string, entries: readonly (readonly [mnemonic: string, bits: string])[]): Named[] =>
  entries.map(([mnemonic, bits]) => named(`${mnemonic} (${extension})`, bits));

const OP = '6..2=0x0C';
const OP_32 = '6..2=0x0E';
const OP_IMM = '6..2=0x04';
const OP_IMM_32 = '6..2=0x06';

const register = (mnemonic: string, funct7: number, funct3: number, opcode: string): readonly [string, string] => [
  mnemonic,
  `31..25=${funct7} 14..12=${funct3} ${opcode}`,
];

/** An operation by a shift amount: bit 25 is part of the amount on RV64. */
const immediate = (mnemonic: string, funct6: number, funct3: number): readonly [string, string] => [
  mnemonic,
  `31..26=${funct6} 14..12=${funct3} ${OP_IMM}`,
];

const unary = (mnemonic: string, funct12: number, funct3: number, opcode: string): readonly [string, string] => [
  mnemonic,
  `31..20=${funct12} 14..12=${funct3} ${opcode}`,
];

const ATOMICS: Readonly<Record<string, number>> = {
  lr: 2,
  sc: 3,
  amoswap: 1,
  amoadd: 0,
  amoxor: 4,
  amoand: 12,
  amoor: 8,
  amomin: 16,
  amomax: 20,
  amominu: 24,
  amomaxu: 28,
};

const atomics = (): Named[] =>
  Object.entries(ATOMICS).flatMap(([head, funct5]) =>
    instructions('A', [
      [`${head}.w`, `31..27=${funct5} 14..12=2 6..2=0x0B`],
      [`${head}.d`, `31..27=${funct5} 14..12=3 6..2=0x0B`],
    ]),
  );

const system = (): Named[] => [
  // What assemblers emit for `unimp`: a write to the read-only cycle counter.
  named('unimp', '31..0=0xC0001073'),
  ...instructions(
    'Zicsr',
    ['csrrw', 'csrrs', 'csrrc', '', 'csrrwi', 'csrrsi', 'csrrci'].flatMap((mnemonic, i) =>
      mnemonic === '' ? [] : [[mnemonic, `14..12=${i + 1} 6..2=0x1C`] as const],
    ),
  ),
  ...instructions('Zifencei', [['fence.i', '14..12=1 6..2=0x03']]),
  ...instructions('Zicbom, Zicboz', [['cbo', '14..12=2 11..7=0 6..2=0x03']]),
  ...instructions('privileged', [
    ['mret', '31..20=0x302 19..7=0 6..2=0x1C'],
    ['sret', '31..20=0x102 19..7=0 6..2=0x1C'],
    ['wfi', '31..20=0x105 19..7=0 6..2=0x1C'],
    ['sfence.vma', '31..25=9 14..7=0 6..2=0x1C'],
  ]),
];

const bitManipulation = (): Named[] => [
  ...instructions('Zba', [
    ...[1, 2, 3].flatMap(n => [register(`sh${n}add`, 0x10, 2 * n, OP), register(`sh${n}add.uw`, 0x10, 2 * n, OP_32)]),
    register('add.uw', 4, 0, OP_32),
    ['slli.uw', `31..26=2 14..12=1 ${OP_IMM_32}`],
  ]),
  ...instructions('Zbb', [
    register('andn', 0x20, 7, OP),
    register('orn', 0x20, 6, OP),
    register('xnor', 0x20, 4, OP),
    register('min', 5, 4, OP),
    register('minu', 5, 5, OP),
    register('max', 5, 6, OP),
    register('maxu', 5, 7, OP),
    register('rol', 0x30, 1, OP),
    register('ror', 0x30, 5, OP),
    register('rolw', 0x30, 1, OP_32),
    register('rorw', 0x30, 5, OP_32),
    register('roriw', 0x30, 5, OP_IMM_32),
    immediate('rori', 0x18, 5),
    ...[OP_IMM, OP_IMM_32].flatMap((opcode, i) => {
      const suffix = i === 0 ? '' : 'w';
      return ['clz', 'ctz', 'cpop'].map((head, k) => unary(`${head}${suffix}`, 0x600 + k, 1, opcode));
    }),
    unary('sext.b', 0x604, 1, OP_IMM),
    unary('sext.h', 0x605, 1, OP_IMM),
    unary('orc.b', 0x287, 5, OP_IMM),
    unary('rev8', 0x698, 5, OP_IMM),
    unary('rev8', 0x6b8, 5, OP_IMM),
    unary('zext.h', 0x080, 4, OP),
    unary('zext.h', 0x080, 4, OP_32),
  ]),
  ...instructions('Zbc', [register('clmul', 5, 1, OP), register('clmulr', 5, 2, OP), register('clmulh', 5, 3, OP)]),
  ...instructions('Zbs', [
    register('bclr', 0x24, 1, OP),
    register('bext', 0x24, 5, OP),
    register('binv', 0x34, 1, OP),
    register('bset', 0x14, 1, OP),
    immediate('bclri', 0x12, 1),
    immediate('bexti', 0x12, 5),
    immediate('binvi', 0x1a, 1),
    immediate('bseti', 0x0a, 1),
  ]),
  ...instructions('Zicond', [register('czero.eqz', 7, 5, OP), register('czero.nez', 7, 7, OP)]),
];

/** Whole regions of the encoding space, looked at last. */
const regions = (): Named[] => [
  ...['0x01', '0x09'].flatMap(opcode => [
    named('Zfh', `14..12=1 6..2=${opcode}`),
    named('F', `14..12=2 6..2=${opcode}`),
    named('D', `14..12=3 6..2=${opcode}`),
    named('Q', `14..12=4 6..2=${opcode}`),
    named('V', `6..2=${opcode}`),
  ]),
  ...['0x10', '0x11', '0x12', '0x13', '0x14'].flatMap(opcode =>
    ['F', 'D', 'Zfh', 'Q'].map((extension, format) => named(extension, `26..25=${format} 6..2=${opcode}`)),
  ),
  named('V', '6..2=0x15'),
  named('A', '6..2=0x0B'),
  named('custom-0', '6..2=0x02'),
  named('custom-1', '6..2=0x0A'),
  named('custom-2', '6..2=0x16'),
  named('custom-3', '6..2=0x1E'),
  named('an instruction longer than 32 bits', '4..2=7'),
];

const compressedFloat = (): Named[] => [
  named('unimp', '15..0=0'),
  named('c.fld (D)', '1..0=0 15..13=1'),
  named('c.fsd (D)', '1..0=0 15..13=5'),
  named('c.fldsp (D)', '1..0=2 15..13=1'),
  named('c.fsdsp (D)', '1..0=2 15..13=5'),
  named('c.flw (F)', '1..0=0 15..13=3'),
  named('c.fsw (F)', '1..0=0 15..13=7'),
  named('c.flwsp (F)', '1..0=2 15..13=3'),
  named('c.fswsp (F)', '1..0=2 15..13=7'),
  named('Zcb', '1..0=0 15..13=4'),
];

let full: readonly Named[] | undefined;
let half: readonly Named[] | undefined;

const find = (list: readonly Named[], word: number): string | undefined =>
  list.find(({ mask, match }) => ((word ^ match) & mask) === 0)?.name;

function nameCompressed(word: number, set: Isa | undefined): string | undefined {
  half ??= compressedFloat();
  if (word === 0) return 'unimp';
  if (!set?.compressed) {
    const expand = makeExpander(isa(set?.xlen === 32 ? 'rv32imc' : 'rv64imc'));
    const form = expand(word)?.form;
    if (form !== undefined) return `${form.mnemonic} (C)`;
  }
  // The encodings of the single-precision loads and stores of RV32 are those of c.ld and c.sd on RV64.
  const name = find(half, word);
  return set?.xlen === 64 && name?.endsWith('(F)') ? undefined : name;
}

/**
 * What an undecodable word seems to be, such as `csrrw (Zicsr)`, `F`, `custom-0` or `unimp`; undefined where no
 * extension known here claims it. `set` is the instruction set that refused it.
 */
export function nameUnsupported(word: number, set?: Isa): string | undefined {
  if ((word & 3) !== 3) return nameCompressed(word & 0xffff, set);
  full ??= [
    ...system(),
    ...atomics(),
    ...bitManipulation(),
    ...isa('rv64im').rows.map(({ mnemonic, extension, encoding: { mask, match } }) => ({
      mask,
      match,
      name: `${mnemonic} (RV64${extension})`,
    })),
    ...regions(),
  ];
  return find(full, word);
}
