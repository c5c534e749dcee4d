// Cells of OpenVM's RV32IM chips by instruction: the widths of its keygen; what it does not have (64-bit instructions) has no figure.
// Reference: openvm:crates/vm, extensions/rv32im, v1.4.0.

import { type CostTable, each } from './cost-table.ts';

export const OPENVM: CostTable = {
  prover: 'openvm',
  version: 1,
  source: 'openvm v1.4.0, widths of the RV32IM machine with continuations (preprocessed, main and permutation columns)',
  unit: 'cells',
  perShard: 0,
  perInstruction: 0,
  opcodes: {
    ...each(88, 'add sub xor or and addi xori ori andi'),
    ...each(105, 'sll srl sra slli srli srai'),
    ...each(77, 'slt sltu slti sltiu'),
    ...each(54, 'beq bne'),
    ...each(64, 'blt bge bltu bgeu jalr'),
    ...each(46, 'jal lui'),
    ...each(48, 'auipc'),
    ...each(93, 'lw lbu lhu sw sb sh'),
    ...each(88, 'lb lh'),
    ...each(83, 'mul'),
    ...each(111, 'mulh mulhsu mulhu'),
    ...each(131, 'div divu rem remu'),
  },
  without: ['memory boundary and Merkle rows', 'access adapters', 'padding', 'system calls'],
};
