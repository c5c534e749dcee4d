// The rows that RV32I and RV64I share, polymorphic in xlen. Encodings: riscv-opcodes rv_i, and rv32_i or rv64_i
// for shifts by an immediate. Meaning: RISC-V unprivileged ISA, chapter 2.

import { add, and, constant, type Effect, type Xlen } from '../expr.ts';
import { type Definition, define, words } from '../row.ts';

export function rv32i(xlen: Xlen): readonly Definition[] {
  const { rs1, rs2, imm, pc, write, compute, set, branch, load, store } = words(xlen);
  const i = (text: string, effect: Effect): Definition => define('I', text, effect);
  // The fixed bits above the shift amount, which has one bit more on RV64; `funct7` is even.
  const shift = (funct7: number): string => (xlen === 32 ? `31..25=${funct7} shamtw` : `31..26=${funct7 >> 1} shamtd`);
  return [
    i('lui rd imm20 6..2=0x0D 1..0=3', write(imm)),
    i('auipc rd imm20 6..2=0x05 1..0=3', write(add(pc, imm))),
    i('jal rd jimm20 6..2=0x1b 1..0=3', { kind: 'jump', target: add(pc, imm) }),
    i('jalr rd rs1 imm12 14..12=0 6..2=0x19 1..0=3', {
      kind: 'jump',
      target: and(add(rs1, imm), constant(xlen, ~1n)),
    }),
    i('beq bimm12hi rs1 rs2 bimm12lo 14..12=0 6..2=0x18 1..0=3', branch('eq')),
    i('bne bimm12hi rs1 rs2 bimm12lo 14..12=1 6..2=0x18 1..0=3', branch('ne')),
    i('blt bimm12hi rs1 rs2 bimm12lo 14..12=4 6..2=0x18 1..0=3', branch('ltS')),
    i('bge bimm12hi rs1 rs2 bimm12lo 14..12=5 6..2=0x18 1..0=3', branch('geS')),
    i('bltu bimm12hi rs1 rs2 bimm12lo 14..12=6 6..2=0x18 1..0=3', branch('ltU')),
    i('bgeu bimm12hi rs1 rs2 bimm12lo 14..12=7 6..2=0x18 1..0=3', branch('geU')),
    i('lb rd rs1 imm12 14..12=0 6..2=0x00 1..0=3', load(1, true)),
    i('lh rd rs1 imm12 14..12=1 6..2=0x00 1..0=3', load(2, true)),
    i('lw rd rs1 imm12 14..12=2 6..2=0x00 1..0=3', load(4, true)),
    i('lbu rd rs1 imm12 14..12=4 6..2=0x00 1..0=3', load(1, false)),
    i('lhu rd rs1 imm12 14..12=5 6..2=0x00 1..0=3', load(2, false)),
    i('sb imm12hi rs1 rs2 imm12lo 14..12=0 6..2=0x08 1..0=3', store(1)),
    i('sh imm12hi rs1 rs2 imm12lo 14..12=1 6..2=0x08 1..0=3', store(2)),
    i('sw imm12hi rs1 rs2 imm12lo 14..12=2 6..2=0x08 1..0=3', store(4)),
    i('addi rd rs1 imm12 14..12=0 6..2=0x04 1..0=3', compute('add', imm)),
    i('slti rd rs1 imm12 14..12=2 6..2=0x04 1..0=3', set('ltS', imm)),
    i('sltiu rd rs1 imm12 14..12=3 6..2=0x04 1..0=3', set('ltU', imm)),
    i('xori rd rs1 imm12 14..12=4 6..2=0x04 1..0=3', compute('xor', imm)),
    i('ori rd rs1 imm12 14..12=6 6..2=0x04 1..0=3', compute('or', imm)),
    i('andi rd rs1 imm12 14..12=7 6..2=0x04 1..0=3', compute('and', imm)),
    i(`slli rd rs1 ${shift(0)} 14..12=1 6..2=0x04 1..0=3`, compute('shl', imm)),
    i(`srli rd rs1 ${shift(0)} 14..12=5 6..2=0x04 1..0=3`, compute('shrU', imm)),
    i(`srai rd rs1 ${shift(32)} 14..12=5 6..2=0x04 1..0=3`, compute('shrS', imm)),
    i('add rd rs1 rs2 31..25=0 14..12=0 6..2=0x0C 1..0=3', compute('add', rs2)),
    i('sub rd rs1 rs2 31..25=32 14..12=0 6..2=0x0C 1..0=3', compute('sub', rs2)),
    i('sll rd rs1 rs2 31..25=0 14..12=1 6..2=0x0C 1..0=3', compute('shl', rs2)),
    i('slt rd rs1 rs2 31..25=0 14..12=2 6..2=0x0C 1..0=3', set('ltS', rs2)),
    i('sltu rd rs1 rs2 31..25=0 14..12=3 6..2=0x0C 1..0=3', set('ltU', rs2)),
    i('xor rd rs1 rs2 31..25=0 14..12=4 6..2=0x0C 1..0=3', compute('xor', rs2)),
    i('srl rd rs1 rs2 31..25=0 14..12=5 6..2=0x0C 1..0=3', compute('shrU', rs2)),
    i('sra rd rs1 rs2 31..25=32 14..12=5 6..2=0x0C 1..0=3', compute('shrS', rs2)),
    i('or rd rs1 rs2 31..25=0 14..12=6 6..2=0x0C 1..0=3', compute('or', rs2)),
    i('and rd rs1 rs2 31..25=0 14..12=7 6..2=0x0C 1..0=3', compute('and', rs2)),
    i('fence fm pred succ rs1 14..12=0 rd 6..2=0x03 1..0=3', { kind: 'fence' }),
    i('ecall 31..20=0x000 19..7=0 6..2=0x1C 1..0=3', { kind: 'ecall' }),
    i('ebreak 31..20=0x001 19..7=0 6..2=0x1C 1..0=3', { kind: 'ebreak' }),
  ];
}
