// The instructions of a program as a walk that records sees them: the operations of a walk, and where each field of their
// events comes from.

import { OPCODE } from '../../../../codegen/chips/sp1/air.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Row } from '../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../codegen/isa/instruction.ts';
import { opReads } from '../../../../codegen/isa/summary.ts';
import { NO_FIELD, type OperandSources } from '../../../../codegen/wasm/walk/event-fields.ts';
import { POSITION, type RecordOperation } from '../../../../codegen/wasm/walk/record-walk.ts';
import { CHIP_NAMES } from './chips.ts';
import { opcodeOf } from './opcode-chips.ts';
import { isHosts, OPERATIONS, operationAt } from './walk/operations.ts';

/** Registers that an instruction accesses, in order, with the clk of that less the instruction's. */
export function accessesOf({ row, ...registers }: Instruction): readonly (readonly [register: number, clk: number])[] {
  if (isHosts(row)) return [];
  const sources = sourcesOf(row);
  return (['c', 'b', 'a'] as const).flatMap(operand => {
    const field = sources[operand];
    return field === 'imm' || field === 'zero' ? [] : [[registers[field], POSITION[operand]] as const];
  });
}

/** The list of each operation's events is its chip's; the layout is that of the chip's event. */
function recordOperations(): readonly RecordOperation[] {
  return OPERATIONS.map(operation => {
    const { event } = sp1Chip(CHIP_NAMES[operation.chip]!);
    const fields = [...event.fields].map(([name, { offset, stride }]) => ({
      name,
      offset,
      bytes: stride as 1 | 2 | 4 | 8,
    }));
    const end = Math.max(...fields.map(({ offset, bytes }) => offset + bytes));
    const padding = Array.from({ length: event.bytes - end }, (_, i) => ({
      name: NO_FIELD,
      offset: end + i,
      bytes: 1 as const,
    }));
    return {
      ...operation,
      list: operation.chip,
      eventBytes: event.bytes,
      fields: [...fields, ...padding],
      sources: sourcesOf(operation.row),
      opcode: opcodeNumber(operation.row),
      crossing: operation.isCrossing,
    };
  });
}

export const opcodeNumber = (row: Row): number => OPCODE[opcodeOf(row.mnemonic) as keyof typeof OPCODE];

/** Where SP1's op_a, op_b and op_c are: of a store, the value first; of a branch, both that it compares. */
export function sourcesOf(row: Row): OperandSources {
  const { kind } = row.effect;
  if (kind === 'store') return { a: 'rs2', b: 'rs1', c: 'imm' };
  if (kind === 'branch') return { a: 'rs1', b: 'rs2', c: 'imm' };
  const reads = opReads(row);
  if (reads.rs2) return { a: 'rd', b: 'rs1', c: 'rs2' };
  if (reads.rs1) return { a: 'rd', b: 'rs1', c: 'imm' };
  return { a: 'rd', b: 'imm', c: kind === 'jump' ? 'zero' : 'imm' };
}

export const RECORD_OPERATIONS: readonly RecordOperation[] = recordOperations();

/** What is recorded of an instruction at `pc`; undefined where the host does it. */
export const recordOperationAt = (instruction: Instruction, pc: number): RecordOperation | undefined =>
  RECORD_OPERATIONS[operationAt(instruction, pc)];
