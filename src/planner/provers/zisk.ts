// Costs of Zisk: columns times rows of each operation, its main step and its accesses, by the kind that upstream gives each instruction.
// Reference: zisk:core/src/zisk_ops_costs.rs, zisk:emulator/src/emu_costs.rs.

import { type CostTable, each } from './cost-table.ts';

const BINARY = 60;
const ADD = 25;
const EXTENSION = 56;
const ARITH = 97;
const READ = 16;
const WRITE = 18;
const READ_BYTE = 25;
const WRITE_BYTE = 32;
/** A row of what puts parts of doublewords together. */
const ALIGN = 53;

export const ZISK: CostTable = {
  prover: 'zisk',
  version: 1,
  source: 'zisk 02989726 (core/src/zisk_ops_costs.rs) and 3bfb8fa8 (emulator/src/emu_costs.rs)',
  unit: 'cost',
  // ROM and tables, once in a run: they are those of the shard that a run is here.
  perShard: 16 * 2 ** 22 + 105 * 2 ** 21,
  perInstruction: 68,
  opcodes: {
    ...each(ADD, 'add addi'),
    ...each(0, 'lui auipc jal fence ecall'),
    ...each(BINARY, 'sub and or xor andi ori xori slt sltu slti sltiu addw addiw subw beq bne blt bge bltu bgeu jalr'),
    ...each(EXTENSION, 'sll srl sra slli srli srai sllw srlw sraw slliw srliw sraiw'),
    ...each(ARITH, 'mul mulh mulhsu mulhu mulw div divu rem remu divw divuw remw remuw'),
    ...each(READ, 'ld'),
    ...each(READ_BYTE, 'lbu'),
    ...each(READ_BYTE + EXTENSION, 'lb'),
    ...each(2 * ALIGN, 'lhu lwu'),
    ...each(2 * ALIGN + EXTENSION, 'lh lw'),
    ...each(WRITE, 'sd'),
    ...each(WRITE_BYTE, 'sb'),
    ...each(3 * ALIGN, 'sh sw'),
  },
  without: ['accesses that cross a doubleword', 'precompiles', 'padding to whole instances'],
};
