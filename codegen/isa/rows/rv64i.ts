// What RV64I adds to the shared rows. Encodings: riscv-opcodes rv64_i. Meaning: RISC-V unprivileged ISA, chapter 4.

import { type Definition, define, words } from '../row.ts';

export function rv64i(): readonly Definition[] {
  const { rs2, imm, computeWord, load, store } = words(64);
  const i = (text: string, effect: Definition['effect']): Definition => define('I', text, effect);
  return [
    i('lwu rd rs1 imm12 14..12=6 6..2=0x00 1..0=3', load(4, false)),
    i('ld rd rs1 imm12 14..12=3 6..2=0x00 1..0=3', load(8, true)),
    i('sd imm12hi rs1 rs2 imm12lo 14..12=3 6..2=0x08 1..0=3', store(8)),
    i('addiw rd rs1 imm12 14..12=0 6..2=0x06 1..0=3', computeWord('add', imm)),
    i('slliw rd rs1 31..25=0 shamtw 14..12=1 6..2=0x06 1..0=3', computeWord('shl', imm)),
    i('srliw rd rs1 31..25=0 shamtw 14..12=5 6..2=0x06 1..0=3', computeWord('shrU', imm)),
    i('sraiw rd rs1 31..25=32 shamtw 14..12=5 6..2=0x06 1..0=3', computeWord('shrS', imm)),
    i('addw rd rs1 rs2 31..25=0 14..12=0 6..2=0x0E 1..0=3', computeWord('add', rs2)),
    i('subw rd rs1 rs2 31..25=32 14..12=0 6..2=0x0E 1..0=3', computeWord('sub', rs2)),
    i('sllw rd rs1 rs2 31..25=0 14..12=1 6..2=0x0E 1..0=3', computeWord('shl', rs2)),
    i('srlw rd rs1 rs2 31..25=0 14..12=5 6..2=0x0E 1..0=3', computeWord('shrU', rs2)),
    i('sraw rd rs1 rs2 31..25=32 14..12=5 6..2=0x0E 1..0=3', computeWord('shrS', rs2)),
  ];
}
