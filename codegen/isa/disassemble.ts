// Instructions as text, in the form of `objdump -M no-aliases` of binutils without symbols: compressed ones by their
// own names, targets as absolute hexadecimal addresses, one space between mnemonic and operands.

import { immediateLayout } from './encoding.ts';
import type { Instruction } from './instruction.ts';
import type { Row } from './row.ts';

/** The calling convention's names of x0 to x31. */
export const REGISTER_NAMES: readonly string[] = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5'],
  ...['a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'],
];

/** fm = TSO with both sets being rw: the one fence with a name of its own. */
const FENCE_TSO = (0x833 << 20) >> 20;

function syntaxOf(row: Row): string {
  const layout = immediateLayout(row.encoding);
  switch (layout) {
    case 'none':
      return row.effect.kind === 'write' ? 'rd,rs1,rs2' : '';
    case 'I':
      return row.effect.kind === 'write' ? 'rd,rs1,imm' : 'rd,imm(rs1)';
    case 'S':
      return 'rs2,imm(rs1)';
    case 'B':
      return 'rs1,rs2,target';
    case 'U':
      return 'rd,upper';
    case 'J':
      return 'rd,target';
    case 'shamt5':
    case 'shamt6':
      return 'rd,rs1,shamt';
    case 'fence':
      return 'pred,succ';
  }
}

/** The sets of a fence: device input and output, memory reads and writes. */
function fenceSet(bits: number): string {
  const set = [...'iorw'].filter((_, i) => (bits & (8 >> i)) !== 0).join('');
  return set === '' ? 'unknown' : set;
}

function targetOf({ row, imm }: Instruction, pc: bigint): string {
  const { effect } = row;
  const width = effect.kind === 'branch' || effect.kind === 'jump' ? effect.target.w : 64;
  return `0x${BigInt.asUintN(width, pc + BigInt(imm)).toString(16)}`;
}

function operandText(name: string, instruction: Instruction, pc: bigint): string {
  const { imm } = instruction;
  switch (name) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return REGISTER_NAMES[instruction[name]]!;
    case 'imm':
      return String(imm);
    case 'shamt':
      return `0x${imm.toString(16)}`;
    case 'upper':
      return `0x${(imm >>> 12).toString(16)}`;
    case 'target':
      return targetOf(instruction, pc);
    case 'pred':
      return fenceSet((imm >> 4) & 15);
    case 'succ':
      return fenceSet(imm & 15);
    default:
      throw new Error(`disassemble: unknown operand ${name}`);
  }
}

/** One line of assembly for an instruction at `pc`, such as `ld a0,8(sp)` or `beq a0,a1,0x80000044`. */
export function disassemble(instruction: Instruction, pc: bigint): string {
  const { row, form, imm } = instruction;
  if (row.effect.kind === 'fence' && imm === FENCE_TSO) return 'fence.tso';
  const { mnemonic, syntax } = form ?? { mnemonic: row.mnemonic, syntax: syntaxOf(row) };
  const operands = syntax.replace(/[a-z][a-z0-9]*/g, name => operandText(name, instruction, pc));
  return operands === '' ? mnemonic : `${mnemonic} ${operands}`;
}
