// What a recorded run keeps of each instruction, by the fields of its record, and the accesses that make them: told to a printer in
// the order in which they happen. Reference: openvm:extensions/rv32im/circuit/src/{adapters,*/core.rs}, v1.4.0.

import { NO_POINTER, type RecordedAir } from '../../runtime/openvm/records.ts';
import type { Instruction } from '../isa/instruction.ts';

/** An instruction with what OpenVM makes of it. */
export interface PreflightInstruction {
  readonly form: RecordedAir;
  /** Number of the AIR. */
  readonly air: number;
  /** Of its class, from 0. */
  readonly localOpcode: number;
  /** a to g. */
  readonly operands: readonly number[];
  readonly instruction: Instruction;
  readonly pc: number;
}

/** Forms that are text; the others are the host's. */
export type EmittedForm = Exclude<RecordedAir, 'HintStore'>;

/** Timestamps that an instruction takes. */
export const TIMES: Readonly<Record<EmittedForm, number>> = {
  ...{ BaseAlu: 3, LessThan: 3, Shift: 3, Mul: 3, MulH: 3, DivRem: 3, LoadStore: 3, LoadSignExtend: 3 },
  ...{ BranchEqual: 2, BranchLessThan: 2, JalLui: 1, Jalr: 2, Auipc: 1, Phantom: 1 },
};

export const timesOf = ({ form }: PreflightInstruction): number => TIMES[form as EmittedForm];

const WORD = 4;
/** The address space of public values, as an operand. */
const PUBLIC_VALUES = 3;

/** Where an access goes: the word's pointer, and the low bits of the address. */
export interface AccessedWord<V> {
  readonly pointer: V;
  readonly shift: V;
  readonly bytes: number;
  readonly isPublic: boolean;
}

/** Makes text. Timestamps are counted from the instruction's first. */
export interface RecordPrinter<V> {
  /** `time` after the instruction's first timestamp. */
  at(time: number): V;
  /** A register as it is. */
  read(register: number): V | number;
  /** Accesses a register: when it was before. */
  touch(register: number, time: number): V;
  /** What the instruction writes. */
  result(given: PreflightInstruction, rs1: V | number, rs2: V | number): V | number;
  set(register: number, value: V | number): void;
  /** Whether a branch is taken, and where a jump through a register goes, are known from here on. */
  branch(given: PreflightInstruction, rs1: V | number, rs2: V | number): void;
  jump(given: PreflightInstruction, rs1: V | number): void;
  /** The address, looked at: where no record can be of it, the run ends. */
  address(given: PreflightInstruction, base: V | number, bytes: number, isPublic: boolean): AccessedWord<V>;
  touchMemory(place: AccessedWord<V>, time: number): V;
  /** The word as it is. */
  word(place: AccessedWord<V>): V;
  /** What a load makes of it. */
  loaded(given: PreflightInstruction, place: AccessedWord<V>, word: V): V;
  store(place: AccessedWord<V>, before: V, value: V | number): void;
}

/** Values of fields by name; a list of bytes is one number, of words each byte of one. */
export type RecordValues<V> = Readonly<Record<string, V | number>>;

type Form = <V>(to: RecordPrinter<V>, given: PreflightInstruction) => RecordValues<V>;

/** Writes a register: when it was accessed before, and what was there. */
function write<V>(to: RecordPrinter<V>, pointer: number, value: V | number, time: number): RecordValues<V> {
  const rd_prev_timestamp = to.touch(pointer / WORD, time);
  const rd_prev_data = to.read(pointer / WORD);
  to.set(pointer / WORD, value);
  return { rd_prev_timestamp, rd_prev_data };
}

const alu: Form = (to, given) => {
  const { operands, instruction, localOpcode } = given;
  const [rd, rs1, rs2, , isRegister] = operands as [number, number, number, number, number];
  const b = to.read(rs1 / WORD);
  const rs1_prev_timestamp = to.touch(rs1 / WORD, 0);
  const c = isRegister ? to.read(rs2 / WORD) : instruction.imm;
  const rs2_prev_timestamp = isRegister ? to.touch(rs2 / WORD, 1) : 0;
  const value = to.result(given, b, c);
  const read = { rs1_prev_timestamp, rs2_prev_timestamp, b, c, local_opcode: localOpcode };
  return { rd_ptr: rd, rs1_ptr: rs1, rs2, rs2_as: isRegister, ...read, ...write(to, rd, value, 2) };
};

const mult: Form = (to, given) => {
  const { operands, localOpcode, form } = given;
  const [rd, rs1, rs2] = operands as [number, number, number];
  const b = to.read(rs1 / WORD);
  const rs1_prev_timestamp = to.touch(rs1 / WORD, 0);
  const c = to.read(rs2 / WORD);
  const rs2_prev_timestamp = to.touch(rs2 / WORD, 1);
  const value = to.result(given, b, c);
  const read = { rs1_prev_timestamp, rs2_prev_timestamp, b, c, ...(form !== 'Mul' && { local_opcode: localOpcode }) };
  return { rd_ptr: rd, rs1_ptr: rs1, rs2_ptr: rs2, ...read, ...write(to, rd, value, 2) };
};

const branch: Form = (to, given) => {
  const { operands, localOpcode } = given;
  const [rs1, rs2, imm] = operands as [number, number, number];
  const a = to.read(rs1 / WORD);
  const rs1_prev_timestamp = to.touch(rs1 / WORD, 0);
  const b = to.read(rs2 / WORD);
  const rs2_prev_timestamp = to.touch(rs2 / WORD, 1);
  to.branch(given, a, b);
  return { rs1_ptr: rs1, rs2_ptr: rs2, rs1_prev_timestamp, rs2_prev_timestamp, a, b, imm, local_opcode: localOpcode };
};

const jalLui: Form = (to, { operands, localOpcode, instruction, pc }) => {
  const [rd, , imm, , , writes] = operands as [number, number, number, number, number, number];
  const isJal = localOpcode === 0;
  const rd_data = isJal ? pc + WORD : instruction.imm;
  const core = { imm, rd_data, is_jal: Number(isJal) };
  return { rd_ptr: writes ? rd : NO_POINTER, ...core, ...(writes && write(to, rd, rd_data, 0)) };
};

const jalr: Form = (to, given) => {
  const { operands, pc } = given;
  const [rd, rs1, imm, , , writes, imm_sign] = operands as [number, number, number, number, number, number, number];
  const rs1_val = to.read(rs1 / WORD);
  const rs1_prev_timestamp = to.touch(rs1 / WORD, 0);
  to.jump(given, rs1_val);
  const core = { imm, core_from_pc: pc, rs1_val, imm_sign };
  const rd_ptr = writes ? rd : NO_POINTER;
  return { rs1_ptr: rs1, rd_ptr, rs1_prev_timestamp, ...core, ...(writes && write(to, rd, pc + WORD, 1)) };
};

const auipc: Form = (to, given) => {
  const [rd, , imm] = given.operands as [number, number, number];
  const value = to.result(given, 0, 0);
  return { rd_ptr: rd, core_from_pc: given.pc, imm, ...write(to, rd, value, 0) };
};

const phantom: Form = (_to, { operands }) => ({
  'operands.0': operands[0]!,
  'operands.1': operands[1]!,
  'operands.2': operands[2]!,
});

const memory: Form = (to, given) => {
  const { operands, form, localOpcode, instruction } = given;
  const { effect } = instruction.row;
  const [rdRs2, rs1, imm, , mem_as, writes, imm_sign] = operands as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rs1_val = to.read(rs1 / WORD);
  const bytes = effect.kind === 'load' || effect.kind === 'store' ? effect.bytes : WORD;
  const place = to.address(given, rs1_val, bytes, mem_as === PUBLIC_VALUES);
  const rs1_prev_timestamp = to.touch(rs1 / WORD, 0);
  const from = { rs1_ptr: rs1, rs1_val, rs1_prev_timestamp, imm, imm_sign, mem_as };
  const core = form === 'LoadStore' ? { local_opcode: localOpcode } : { is_byte: Number(bytes === 1) };
  if (effect.kind === 'load') {
    const read_prev_timestamp = to.touchMemory(place, 1);
    const read_data = to.word(place);
    const prev_data = to.read(rdRs2 / WORD);
    const value = to.loaded(given, place, read_data);
    const write_prev_timestamp = writes ? write(to, rdRs2, value, 2).rd_prev_timestamp! : 0;
    const rd_rs2_ptr = writes ? rdRs2 : NO_POINTER;
    const read = { read_prev_timestamp, rd_rs2_ptr, write_prev_timestamp };
    return { ...from, ...core, ...read, shift_amount: place.shift, read_data, prev_data };
  }
  const read_data = to.read(rdRs2 / WORD);
  const read_prev_timestamp = to.touch(rdRs2 / WORD, 1);
  const prev_data = to.word(place);
  const write_prev_timestamp = to.touchMemory(place, 2);
  to.store(place, prev_data, read_data);
  const read = { read_prev_timestamp, rd_rs2_ptr: rdRs2, write_prev_timestamp };
  return { ...from, ...core, ...read, shift_amount: place.shift, read_data, prev_data };
};

const FORMS: Readonly<Record<EmittedForm, Form>> = {
  ...{ BaseAlu: alu, LessThan: alu, Shift: alu },
  ...{ Mul: mult, MulH: mult, DivRem: mult },
  ...{ BranchEqual: branch, BranchLessThan: branch },
  ...{ LoadStore: memory, LoadSignExtend: memory },
  ...{ JalLui: jalLui, Jalr: jalr, Auipc: auipc, Phantom: phantom },
};

/** The fields of an instruction's record. */
export function recordOf<V>(to: RecordPrinter<V>, given: PreflightInstruction): RecordValues<V> {
  const { form, pc } = given;
  const values = FORMS[form as EmittedForm](to, given);
  const timestamp = to.at(0);
  return form === 'Phantom' ? { pc, timestamp, ...values } : { from_pc: pc, from_timestamp: timestamp, ...values };
}
