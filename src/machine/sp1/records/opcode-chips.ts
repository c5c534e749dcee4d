// SP1's opcode of an instruction, and the chip that has its row.
// Reference: sp1:crates/core/executor/src/opcode.rs and vm/shapes.rs beside it, SP1 6.4.0.

import type { Row } from '../../../../codegen/isa/index.ts';
import { writesRd } from '../../../../codegen/isa/summary.ts';
import type { ChipName } from './chips.ts';

/** SP1's opcodes by mnemonic where that is not the same in capitals: immediate forms share the opcode of the others. */
const SHARED_OPCODES: Readonly<Record<string, string>> = {
  xori: 'XOR',
  ori: 'OR',
  andi: 'AND',
  slti: 'SLT',
  sltiu: 'SLTU',
  slli: 'SLL',
  srli: 'SRL',
  srai: 'SRA',
  addiw: 'ADDW',
  slliw: 'SLLW',
  srliw: 'SRLW',
  sraiw: 'SRAW',
};

/** SP1's opcode of a row of the instruction table. */
export function opcodeOf(mnemonic: string): string {
  return SHARED_OPCODES[mnemonic] ?? mnemonic.toUpperCase();
}

const CHIP_OF_OPCODE: Readonly<Record<string, ChipName>> = Object.fromEntries(
  (
    [
      ['Add', 'ADD'],
      ['Addi', 'ADDI'],
      ['Addw', 'ADDW'],
      ['Sub', 'SUB'],
      ['Subw', 'SUBW'],
      ['Bitwise', 'XOR OR AND'],
      ['Lt', 'SLT SLTU'],
      ['Mul', 'MUL MULH MULHU MULHSU MULW'],
      ['DivRem', 'DIV DIVU REM REMU DIVW DIVUW REMW REMUW'],
      ['ShiftLeft', 'SLL SLLW'],
      ['ShiftRight', 'SRL SRA SRLW SRAW'],
      ['LoadByte', 'LB LBU'],
      ['LoadHalf', 'LH LHU'],
      ['LoadWord', 'LW LWU'],
      ['LoadDouble', 'LD'],
      ['StoreByte', 'SB'],
      ['StoreHalf', 'SH'],
      ['StoreWord', 'SW'],
      ['StoreDouble', 'SD'],
      ['Branch', 'BEQ BNE BLT BGE BLTU BGEU'],
      ['UType', 'LUI AUIPC'],
      ['Jal', 'JAL'],
      ['Jalr', 'JALR'],
      ['SyscallInstrs', 'ECALL'],
    ] as const
  ).flatMap(([chip, opcodes]) => opcodes.split(' ').map(opcode => [opcode, chip] as const)),
);

/** The chip of an opcode of SP1's; none of those that its proofs do not know. */
export const chipOfOpcode = (opcode: string): ChipName | undefined => CHIP_OF_OPCODE[opcode];

/** Chips of opcodes, but those of results that x0 takes. */
export const OPCODE_CHIPS: readonly ChipName[] = [...new Set(Object.values(CHIP_OF_OPCODE))];

/** The chip of an instruction. Operations whose result x0 takes have chips of their own. */
export function chipOf(row: Row, rd: number): ChipName {
  const { kind } = row.effect;
  const chip = chipOfOpcode(opcodeOf(row.mnemonic))!;
  if (rd !== 0 || !writesRd(row) || kind === 'jump' || chip === 'UType') return chip;
  return kind === 'load' ? 'LoadX0' : 'AluX0';
}
