// Cycles of RISC Zero's RV32IM circuit; what it does not have (64-bit instructions) has no figure.
// Reference: dev.risczero.com, guest optimisation guide, table of cycle counts; risc0:circuit/rv32im (segment limit and reserve).

import { type CostTable, each } from './cost-table.ts';

export const RISC0: CostTable = {
  prover: 'risc0',
  version: 1,
  source:
    "RISC Zero's guest optimisation guide (cycle counts by instruction), risc0:circuit/rv32im/src/execute (segments)",
  unit: 'cycles',
  perShard: 0,
  perInstruction: 0,
  opcodes: {
    ...each(1, 'lui auipc jal jalr beq bne blt bge bltu bgeu lb lh lw lbu lhu sb sh sw'),
    ...each(1, 'addi slti sltiu slli add sub sll slt sltu mul mulh mulhsu mulhu'),
    ...each(2, 'xori ori andi srli srai xor srl sra or and div divu rem remu'),
  },
  // 2^20 rows, of which 25,000 are set aside for the largest instruction.
  cap: 2 ** 20 - 25_000,
  without: ['paging', 'system calls'],
};
