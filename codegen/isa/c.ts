// The integer subset of the C extension: every 16-bit instruction is an expansion to a row of the base ISA and has
// no meaning of its own. Encodings: riscv-opcodes rv_c, rv32_c, rv64_c; the order of immediate bits and what is
// reserved: RISC-V unprivileged ISA, the chapter on C. Hints expand to instructions that write x0 or change nothing.

import { parseFixedBits } from './encoding.ts';
import type { Xlen } from './expr.ts';
import { type Isa, rowOf } from './index.ts';
import type { CompressedForm, Instruction } from './instruction.ts';
import type { Row } from './row.ts';

/** Operand names of riscv-opcodes with their bits; `base` is the register that 0 stands for. */
const REGISTERS: Record<string, { readonly lo: number; readonly bits: number; readonly base: number }> = {
  rd_p: { lo: 2, bits: 3, base: 8 },
  rs2_p: { lo: 2, bits: 3, base: 8 },
  rs1_p: { lo: 7, bits: 3, base: 8 },
  rd_rs1_p: { lo: 7, bits: 3, base: 8 },
  rd_n0: { lo: 7, bits: 5, base: 0 },
  rd_n2: { lo: 7, bits: 5, base: 0 },
  rd_rs1_n0: { lo: 7, bits: 5, base: 0 },
  rs1_n0: { lo: 7, bits: 5, base: 0 },
  c_rs1_n0: { lo: 7, bits: 5, base: 0 },
  c_rs2_n0: { lo: 2, bits: 5, base: 0 },
  c_rs2: { lo: 2, bits: 5, base: 0 },
};

/** Highest instruction bit of each immediate operand, and the immediate bits it holds from there downwards. */
const IMMEDIATES: Record<string, { readonly hi: number; readonly holds: string }> = {
  c_nzuimm10: { hi: 12, holds: '5:4|9:6|2|3' },
  c_uimm7hi: { hi: 12, holds: '5:3' },
  c_uimm7lo: { hi: 6, holds: '2|6' },
  c_uimm8hi: { hi: 12, holds: '5:3' },
  c_uimm8lo: { hi: 6, holds: '7:6' },
  c_imm6hi: { hi: 12, holds: '5' },
  c_imm6lo: { hi: 6, holds: '4:0' },
  c_nzimm6hi: { hi: 12, holds: '5' },
  c_nzimm6lo: { hi: 6, holds: '4:0' },
  c_nzuimm5: { hi: 6, holds: '4:0' },
  c_nzuimm6hi: { hi: 12, holds: '5' },
  c_nzuimm6lo: { hi: 6, holds: '4:0' },
  c_nzimm10hi: { hi: 12, holds: '9' },
  c_nzimm10lo: { hi: 6, holds: '4|6|8:7|5' },
  c_nzimm18hi: { hi: 12, holds: '17' },
  c_nzimm18lo: { hi: 6, holds: '16:12' },
  c_imm12: { hi: 12, holds: '11|4|9:8|10|6|7|3:1|5' },
  c_bimm9hi: { hi: 12, holds: '8|4:3' },
  c_bimm9lo: { hi: 6, holds: '7:6|2:1|5' },
  c_uimm8sphi: { hi: 12, holds: '5' },
  c_uimm8splo: { hi: 6, holds: '4:2|7:6' },
  c_uimm9sphi: { hi: 12, holds: '5' },
  c_uimm9splo: { hi: 6, holds: '4:3|8:6' },
  c_uimm8sp_s: { hi: 12, holds: '5:2|7:6' },
  c_uimm9sp_s: { hi: 12, holds: '5:3|8:6' },
};

/** A register operand of the expansion: a field by name, or a fixed register. */
type Source = string | number;

interface Expansion {
  readonly base: string;
  readonly rd?: Source;
  readonly rs1?: Source;
  readonly rs2?: Source;
  /** The operand that may not be zero: such an encoding is reserved. */
  readonly nonzero?: 'imm' | 'rd' | 'rs1';
  readonly syntax: string;
}

interface Line {
  readonly text: string;
  readonly expansion: Expansion;
}

const ZERO = 0;
const RA = 1;
const SP = 2;

const line = (text: string, expansion: Expansion): Line => ({ text, expansion });

const alu = (head: string, bits: string, base: string): Line =>
  line(`${head} rd_rs1_p rs2_p 1..0=1 15..13=4 ${bits}`, {
    base,
    rd: 'rd_rs1_p',
    rs1: 'rd_rs1_p',
    rs2: 'rs2_p',
    syntax: 'rd,rs2',
  });

const shift = (head: string, rd: string, bits: string, base: string): Line =>
  line(`${head} ${rd} ${bits}`, { base, rd, rs1: rd, syntax: 'rd,shamt' });

// A shift by 0 is a hint on RV32 and RV64 and goes by the name it has on RV128, as in binutils.
const shift64 = (head: string, rd: string, bits: string, base: string): Line =>
  line(`${head} ${rd} ${bits} 12=0 6..2=0`, { base, rd, rs1: rd, syntax: 'rd' });

const COMMON: readonly Line[] = [
  line('c.addi4spn rd_p c_nzuimm10 1..0=0 15..13=0', {
    base: 'addi',
    rd: 'rd_p',
    rs1: SP,
    nonzero: 'imm',
    syntax: 'rd,rs1,imm',
  }),
  line('c.lw rd_p rs1_p c_uimm7lo c_uimm7hi 1..0=0 15..13=2', {
    base: 'lw',
    rd: 'rd_p',
    rs1: 'rs1_p',
    syntax: 'rd,imm(rs1)',
  }),
  line('c.sw rs1_p rs2_p c_uimm7lo c_uimm7hi 1..0=0 15..13=6', {
    base: 'sw',
    rs1: 'rs1_p',
    rs2: 'rs2_p',
    syntax: 'rs2,imm(rs1)',
  }),
  // With rd = x0 this is c.nop, which binutils shows so only as an alias.
  line('c.addi rd_rs1_n0 c_nzimm6lo c_nzimm6hi 1..0=1 15..13=0', {
    base: 'addi',
    rd: 'rd_rs1_n0',
    rs1: 'rd_rs1_n0',
    syntax: 'rd,imm',
  }),
  line('c.li rd_n0 c_imm6lo c_imm6hi 1..0=1 15..13=2', { base: 'addi', rd: 'rd_n0', rs1: ZERO, syntax: 'rd,imm' }),
  line('c.addi16sp c_nzimm10hi c_nzimm10lo 1..0=1 15..13=3 11..7=2', {
    base: 'addi',
    rd: SP,
    rs1: SP,
    nonzero: 'imm',
    syntax: 'rd,imm',
  }),
  line('c.lui rd_n2 c_nzimm18hi c_nzimm18lo 1..0=1 15..13=3', {
    base: 'lui',
    rd: 'rd_n2',
    nonzero: 'imm',
    syntax: 'rd,upper',
  }),
  line('c.andi rd_rs1_p c_imm6hi c_imm6lo 1..0=1 15..13=4 11..10=2', {
    base: 'andi',
    rd: 'rd_rs1_p',
    rs1: 'rd_rs1_p',
    syntax: 'rd,imm',
  }),
  shift64('c.slli64', 'rd_rs1_n0', '1..0=2 15..13=0', 'slli'),
  shift64('c.srli64', 'rd_rs1_p', '1..0=1 15..13=4 11..10=0', 'srli'),
  shift64('c.srai64', 'rd_rs1_p', '1..0=1 15..13=4 11..10=1', 'srai'),
  alu('c.sub', '12..10=0b011 6..5=0', 'sub'),
  alu('c.xor', '12..10=0b011 6..5=1', 'xor'),
  alu('c.or', '12..10=0b011 6..5=2', 'or'),
  alu('c.and', '12..10=0b011 6..5=3', 'and'),
  line('c.j c_imm12 1..0=1 15..13=5', { base: 'jal', rd: ZERO, syntax: 'target' }),
  line('c.beqz rs1_p c_bimm9lo c_bimm9hi 1..0=1 15..13=6', {
    base: 'beq',
    rs1: 'rs1_p',
    rs2: ZERO,
    syntax: 'rs1,target',
  }),
  line('c.bnez rs1_p c_bimm9lo c_bimm9hi 1..0=1 15..13=7', {
    base: 'bne',
    rs1: 'rs1_p',
    rs2: ZERO,
    syntax: 'rs1,target',
  }),
  line('c.lwsp rd_n0 c_uimm8sphi c_uimm8splo 1..0=2 15..13=2', {
    base: 'lw',
    rd: 'rd_n0',
    rs1: SP,
    nonzero: 'rd',
    syntax: 'rd,imm(rs1)',
  }),
  line('c.jr rs1_n0 1..0=2 15..13=4 12=0 6..2=0', {
    base: 'jalr',
    rd: ZERO,
    rs1: 'rs1_n0',
    nonzero: 'rs1',
    syntax: 'rs1',
  }),
  line('c.mv rd_n0 c_rs2_n0 1..0=2 15..13=4 12=0', {
    base: 'add',
    rd: 'rd_n0',
    rs1: ZERO,
    rs2: 'c_rs2_n0',
    syntax: 'rd,rs2',
  }),
  line('c.ebreak 1..0=2 15..13=4 12=1 11..2=0', { base: 'ebreak', syntax: '' }),
  line('c.jalr c_rs1_n0 1..0=2 15..13=4 12=1 6..2=0', { base: 'jalr', rd: RA, rs1: 'c_rs1_n0', syntax: 'rs1' }),
  line('c.add rd_rs1_n0 c_rs2_n0 1..0=2 15..13=4 12=1', {
    base: 'add',
    rd: 'rd_rs1_n0',
    rs1: 'rd_rs1_n0',
    rs2: 'c_rs2_n0',
    syntax: 'rd,rs2',
  }),
  line('c.swsp c_rs2 c_uimm8sp_s 1..0=2 15..13=6', { base: 'sw', rs1: SP, rs2: 'c_rs2', syntax: 'rs2,imm(rs1)' }),
];

// Shift amounts with bit 5 set are for custom use on RV32: fixing bit 12 leaves them undefined.
const RV32: readonly Line[] = [
  line('c.jal c_imm12 1..0=1 15..13=1', { base: 'jal', rd: RA, syntax: 'target' }),
  shift('c.srli', 'rd_rs1_p', 'c_nzuimm5 1..0=1 15..13=4 12..10=0', 'srli'),
  shift('c.srai', 'rd_rs1_p', 'c_nzuimm5 1..0=1 15..13=4 12..10=1', 'srai'),
  shift('c.slli', 'rd_rs1_n0', 'c_nzuimm6lo 1..0=2 15..12=0', 'slli'),
];

const RV64: readonly Line[] = [
  line('c.ld rd_p rs1_p c_uimm8lo c_uimm8hi 1..0=0 15..13=3', {
    base: 'ld',
    rd: 'rd_p',
    rs1: 'rs1_p',
    syntax: 'rd,imm(rs1)',
  }),
  line('c.sd rs1_p rs2_p c_uimm8hi c_uimm8lo 1..0=0 15..13=7', {
    base: 'sd',
    rs1: 'rs1_p',
    rs2: 'rs2_p',
    syntax: 'rs2,imm(rs1)',
  }),
  line('c.addiw rd_rs1_n0 c_imm6lo c_imm6hi 1..0=1 15..13=1', {
    base: 'addiw',
    rd: 'rd_rs1_n0',
    rs1: 'rd_rs1_n0',
    nonzero: 'rd',
    syntax: 'rd,imm',
  }),
  shift('c.srli', 'rd_rs1_p', 'c_nzuimm6lo c_nzuimm6hi 1..0=1 15..13=4 11..10=0', 'srli'),
  shift('c.srai', 'rd_rs1_p', 'c_nzuimm6lo c_nzuimm6hi 1..0=1 15..13=4 11..10=1', 'srai'),
  alu('c.subw', '12..10=0b111 6..5=0', 'subw'),
  alu('c.addw', '12..10=0b111 6..5=1', 'addw'),
  shift('c.slli', 'rd_rs1_n0', 'c_nzuimm6hi c_nzuimm6lo 1..0=2 15..13=0', 'slli'),
  line('c.ldsp rd_n0 c_uimm9sphi c_uimm9splo 1..0=2 15..13=3', {
    base: 'ld',
    rd: 'rd_n0',
    rs1: SP,
    nonzero: 'rd',
    syntax: 'rd,imm(rs1)',
  }),
  line('c.sdsp c_rs2 c_uimm9sp_s 1..0=2 15..13=7', { base: 'sd', rs1: SP, rs2: 'c_rs2', syntax: 'rs2,imm(rs1)' }),
];

/** One bit of an immediate: bit `from` of the instruction is bit `to` of the number. */
interface ImmediateBit {
  readonly from: number;
  readonly to: number;
}

interface Expander {
  readonly mask: number;
  readonly match: number;
  expand(half: number): Instruction | undefined;
}

function immediateBits(names: readonly string[]): readonly ImmediateBit[] {
  return names.flatMap(name => {
    const { hi, holds } = IMMEDIATES[name] ?? { hi: 0, holds: '' };
    const order = holds.split('|').flatMap(run => {
      if (run === '') return [];
      const [high = 0, low = high] = run.split(':').map(Number);
      return Array.from({ length: high - low + 1 }, (_, i) => high - i);
    });
    return order.map((to, i) => ({ from: hi - i, to }));
  });
}

function immediateReader(names: readonly string[]): (half: number) => number {
  const bits = immediateBits(names);
  const unsigned = names.some(name => name.includes('uimm'));
  const spare = unsigned ? 0 : 31 - Math.max(0, ...bits.map(bit => bit.to));
  return half => {
    let value = 0;
    for (const { from, to } of bits) value |= ((half >> from) & 1) << to;
    return (value << spare) >> spare;
  };
}

function registerReader(source: Source | undefined): (half: number) => number {
  if (source === undefined) return () => 0;
  if (typeof source === 'number') return () => source;
  const field = REGISTERS[source];
  if (field === undefined) throw new Error(`c: unknown operand ${source}`);
  return half => field.base + ((half >> field.lo) & (2 ** field.bits - 1));
}

function expander({ text, expansion }: Line, row: Row): Expander {
  const { mnemonic, names, mask, match } = parseFixedBits(text);
  for (const name of names) {
    if (!(name in REGISTERS) && !(name in IMMEDIATES)) throw new Error(`c: unknown operand ${name} in "${text}"`);
  }
  const form: CompressedForm = { mnemonic, syntax: expansion.syntax };
  const rd = registerReader(expansion.rd);
  const rs1 = registerReader(expansion.rs1);
  const rs2 = registerReader(expansion.rs2);
  const imm = immediateReader(names);
  const { nonzero } = expansion;
  const expand = (half: number): Instruction | undefined => {
    const instruction = { row, rd: rd(half), rs1: rs1(half), rs2: rs2(half), imm: imm(half), size: 2, form } as const;
    return nonzero !== undefined && instruction[nonzero] === 0 ? undefined : instruction;
  };
  return { mask, match, expand };
}

const bitCount = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

const linesFor = (xlen: Xlen): readonly Line[] => [...COMMON, ...(xlen === 32 ? RV32 : RV64)];

/** Expands 16-bit encodings to rows of `set`; undefined for what is reserved, custom or floating-point. */
export function makeExpander(set: Isa): (half: number) => Instruction | undefined {
  const expanders = linesFor(set.xlen)
    .map(line => expander(line, rowOf(set, line.expansion.base)))
    // Where encodings nest (c.jr in c.mv, c.addi16sp in c.lui) the one with more fixed bits wins.
    .sort((a, b) => bitCount(b.mask) - bitCount(a.mask));
  return half => expanders.find(({ mask, match }) => (half & mask) === match)?.expand(half);
}
