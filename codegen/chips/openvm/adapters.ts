// What instructions do besides their operation: they are in the program, access registers and memory, and go on.
// Reference: openvm:extensions/rv32im/circuit/src/adapters and crates/vm/src/arch/execution.rs, v1.4.0.

import { NO_POINTER } from '../../../runtime/openvm/records.ts';
import type { Air } from '../air.ts';
import type { Words } from '../event.ts';
import { type Cell, compose, type Limbs, type Poly, type PolyLike } from '../poly.ts';
import type { Word } from '../word.ts';
import { REGISTERS } from './air.ts';
import { bytes, executionBus, programBus, range } from './buses.ts';
import type { ALU, BRANCH, JAL_LUI, JALR, PRODUCT, TRANSFER } from './events.ts';
import { type Aux, move, read, type WriteAux, write } from './memory.ts';

const STEP = 4;

type From = { readonly pc: Cell; readonly timestamp: Cell };

export function fromState(air: Air, e: { readonly from_pc: Word; readonly from_timestamp: Word }): From {
  return { pc: air.cell(e.from_pc), timestamp: air.cell(e.from_timestamp) };
}

type Operands = readonly PolyLike[];

/** The instruction is in the program; execution goes on at `next`, `cycles` later. */
export function execute(
  air: Air,
  from: From,
  opcode: PolyLike,
  operands: Operands,
  cycles: PolyLike,
  next: Poly = from.pc.add(STEP),
): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = operands;
  air.send(programBus, [from.pc, opcode, [a, b, c, d, e, f, g]]);
  air.receive(executionBus, [from.pc, from.timestamp]);
  air.send(executionBus, [next, from.timestamp.add(cycles)]);
}

export type AluAdapter = {
  readonly from: From;
  readonly rd_ptr: Cell;
  readonly rs1_ptr: Cell;
  readonly rs2: Cell;
  readonly rs2_as: Cell;
  readonly read0: Aux;
  readonly read1: Aux;
  readonly write: WriteAux;
};

/** rd = a from rs1 = b and c, which is rs2 or an immediate of 24 bits, extended by its sign. */
export function aluAdapter(
  air: Air,
  e: Words<typeof ALU>,
  opcode: Poly,
  a: readonly PolyLike[],
  b: Limbs,
  c: Limbs,
): AluAdapter {
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const [rd_ptr, rs1_ptr, rs2] = [air.cell(e.rd_ptr), air.cell(e.rs1_ptr), air.cell(e.rs2)];
  const rs2_as = air.flag(e.rs2_as);
  const immediate = air.only(rs2_as.not());
  immediate.equal(rs2, compose(c.cells.slice(0, 3), 8), 'the immediate is c');
  immediate.equal(c.at(2), c.at(3), 'c is extended by its sign');
  immediate.zero(c.at(2).mul(c.at(2).neg().add(255)), 'the sign is all zeros or ones');
  air.only(rs2_as).zero(air.condition.sub(1), 'padding reads no register');
  bytes(air.only(air.condition.sub(rs2_as).as(rs2_as.word.xor(1))), c.at(0), c.at(1));
  const register = air.only(rs2_as);
  const read0 = read(air, { space: REGISTERS, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp }, b.cells);
  const second = { space: rs2_as, pointer: rs2, now: at(1), prev: e.rs2_prev_timestamp, isAccessed: e.rs2_as };
  const read1 = read(register, second, c.cells);
  const target = { space: REGISTERS, pointer: rd_ptr, now: at(2), prev: e.rd_prev_timestamp };
  const written = write(air, target, e.rd_prev_data, a);
  execute(air, from, opcode, [rd_ptr, rs1_ptr, rs2, REGISTERS, rs2_as], 3);
  return { from, rd_ptr, rs1_ptr, rs2, rs2_as, read0, read1, write: written };
}

export type ProductAdapter = Omit<AluAdapter, 'rs2' | 'rs2_as'> & { readonly rs2_ptr: Cell };

/** rd = a from rs1 = b and rs2 = c. */
export function productAdapter(
  air: Air,
  e: Words<typeof PRODUCT>,
  opcode: PolyLike,
  a: readonly PolyLike[],
  b: Limbs,
  c: Limbs,
): ProductAdapter {
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const [rd_ptr, rs1_ptr, rs2_ptr] = [air.cell(e.rd_ptr), air.cell(e.rs1_ptr), air.cell(e.rs2_ptr)];
  const read0 = read(air, { space: REGISTERS, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp }, b.cells);
  const read1 = read(air, { space: REGISTERS, pointer: rs2_ptr, now: at(1), prev: e.rs2_prev_timestamp }, c.cells);
  const target = { space: REGISTERS, pointer: rd_ptr, now: at(2), prev: e.rd_prev_timestamp };
  const written = write(air, target, e.rd_prev_data, a);
  execute(air, from, opcode, [rd_ptr, rs1_ptr, rs2_ptr, REGISTERS], 3);
  return { from, rd_ptr, rs1_ptr, rs2_ptr, read0, read1, write: written };
}

export type BranchAdapter = Pick<ProductAdapter, 'from' | 'rs1_ptr' | 'rs2_ptr' | 'read0' | 'read1'>;

/** Goes on at pc + imm where `isTaken` is 1. */
export function branchAdapter(
  air: Air,
  e: Words<typeof BRANCH>,
  opcode: Poly,
  [a, b]: readonly [Limbs, Limbs],
  [isTaken, imm]: readonly [Cell, Cell],
): BranchAdapter {
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const [rs1_ptr, rs2_ptr] = [air.cell(e.rs1_ptr), air.cell(e.rs2_ptr)];
  const read0 = read(air, { space: REGISTERS, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp }, a.cells);
  const read1 = read(air, { space: REGISTERS, pointer: rs2_ptr, now: at(1), prev: e.rs2_prev_timestamp }, b.cells);
  const next = from.pc.add(isTaken.mul(imm), isTaken.not().mul(STEP));
  execute(air, from, opcode, [rs1_ptr, rs2_ptr, imm, REGISTERS, REGISTERS], 2, next);
  return { from, rs1_ptr, rs2_ptr, read0, read1 };
}

export type RdAdapter = { readonly from: From; readonly rd_ptr: Cell; readonly rd_aux: WriteAux };
export type ConditionalRdAdapter = RdAdapter & { readonly needs_write: Cell };

/** What JAL and LUI do, of which a JAL to x0 writes nothing. */
export function conditionalRdAdapter(
  air: Air,
  e: Words<typeof JAL_LUI>,
  opcode: Poly,
  value: readonly PolyLike[],
  imm: Cell,
  next: (pc: Cell) => Poly,
): ConditionalRdAdapter {
  const from = fromState(air, e);
  const { isWritten, pointer: rd_ptr } = optionalPointer(air, e.rd_ptr);
  const needs_write = writeFlag(air, isWritten);
  const access = { space: REGISTERS, pointer: rd_ptr, now: from.timestamp, prev: e.rd_prev_timestamp };
  const rd_aux = write(air.only(needs_write), { ...access, isAccessed: isWritten }, e.rd_prev_data, value);
  execute(air, from, opcode, [rd_ptr, 0, imm, REGISTERS, 0, needs_write], 1, next(from.pc));
  return { from, rd_ptr, rd_aux, needs_write };
}

/** A pointer that may be none, which is 0 then. */
function optionalPointer(air: Air, w: Word): { readonly isWritten: Word; readonly pointer: Cell } {
  const isWritten = w.eq(NO_POINTER).xor(1);
  return { isWritten, pointer: air.cell(isWritten.choose(w, 0).bits(0, 7)) };
}

function writeFlag(air: Air, isWritten: Word): Cell {
  const needs_write = air.flag(isWritten);
  air.only(air.condition.not()).zero(needs_write, 'padding writes nothing');
  return needs_write;
}

export type JalrAdapter = ConditionalRdAdapter & { readonly rs1_ptr: Cell; readonly rs1_aux: Aux };

/** rd = `value(pc)`, then on at `next`; a JALR to x0 writes nothing. */
export function jalrAdapter(
  air: Air,
  e: Words<typeof JALR>,
  from: From,
  opcode: PolyLike,
  rs1: Limbs,
  value: readonly PolyLike[],
  [imm, imm_sign, next]: readonly [Cell, Cell, Poly],
): JalrAdapter {
  const { isWritten, pointer: rd_ptr } = optionalPointer(air, e.rd_ptr);
  const needs_write = writeFlag(air, isWritten);
  const rs1_ptr = air.cell(e.rs1_ptr);
  const source = { space: REGISTERS, pointer: rs1_ptr, now: from.timestamp, prev: e.rs1_prev_timestamp };
  const rs1_aux = read(air, source, rs1.cells);
  const target = { space: REGISTERS, pointer: rd_ptr, now: from.timestamp.add(1), prev: e.rd_prev_timestamp };
  const rd_aux = write(air.only(needs_write), { ...target, isAccessed: isWritten }, e.rd_prev_data, value);
  execute(air, from, opcode, [rd_ptr, rs1_ptr, imm, REGISTERS, 0, needs_write, imm_sign], 2, next);
  return { from, rs1_ptr, rs1_aux, rd_ptr, rd_aux, needs_write };
}

export type LoadStoreAdapter = {
  readonly from: From;
  readonly rs1_ptr: Cell;
  readonly rs1_data: Limbs;
  readonly rs1_aux: Aux;
  readonly rd_rs2_ptr: Cell;
  readonly read_data_aux: Aux;
  readonly imm: Cell;
  readonly imm_sign: Cell;
  readonly mem_ptr_limbs: readonly Cell[];
  readonly mem_as: Cell;
  readonly write_aux: Aux;
  readonly needs_write: Cell;
};

/** What a load or store says to its adapter. */
export interface Transfer {
  readonly opcode: Poly;
  readonly isLoad: Poly;
  /** Bytes from the start of the word that are skipped in reading a load, in writing a store. */
  readonly loadShift: PolyLike;
  readonly storeShift: PolyLike;
  readonly read: readonly PolyLike[];
  readonly before: readonly PolyLike[];
  readonly written: readonly PolyLike[];
}

const HALF = 2 ** 16;
/** Pointers are below 2^29: the low limb without its two lowest bits, and the high one. */
const [LOW_BITS, HIGH_BITS] = [14, 13];

type LoadStoreWords = Words<typeof TRANSFER>;

/** rd = memory at rs1 + imm, or memory there = rs2, in words of four bytes; a load to x0 writes nothing. */
export function loadStoreAdapter(air: Air, e: LoadStoreWords, transfer: Transfer): LoadStoreAdapter {
  const { opcode, isLoad } = transfer;
  const isValid = air.condition;
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const { isWritten, pointer: rd_rs2_ptr } = optionalPointer(air, e.rd_rs2_ptr);
  const needs_write = air.flag(isWritten);
  const written = air.only(needs_write);
  written.equal(isValid, 1, 'padding writes nothing');
  const skipped = air.only(isValid.sub(needs_write));
  skipped.equal(isLoad, 1, 'a store writes');
  skipped.zero(rd_rs2_ptr, 'only x0 is not written');
  const rs1_ptr = air.cell(e.rs1_ptr);
  const rs1_data = air.bytes(e.rs1_val);
  const source = { space: REGISTERS, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp };
  const rs1_aux = read(air, source, rs1_data.cells);
  const [imm, imm_sign] = [air.cell(e.imm), air.cell(e.imm_sign)];
  const mem_ptr_limbs = pointerLimbs(air, e, rs1_data, imm, imm_sign, transfer);
  const mem_as = air.cell(e.mem_as);
  const spaces = mem_as.sub(isValid.sub(isLoad).mul(2));
  air.only(1).zero(spaces.mul(spaces.sub(1)).mul(spaces.sub(2)), 'loads are from spaces 0 to 2, stores to 2 to 4');
  air.only(isValid.not()).zero(mem_as, 'padding accesses no memory');
  const pointer = compose(mem_ptr_limbs, 16);
  const between = (p: PolyLike, q: PolyLike): Poly => isLoad.mul(p).add(isLoad.not().mul(q));
  const readPlace = {
    space: between(mem_as, REGISTERS),
    pointer: between(pointer, rd_rs2_ptr).sub(transfer.loadShift),
    ...{ now: at(1), prev: e.read_prev_timestamp },
  };
  const read_data_aux = read(air, readPlace, transfer.read);
  const writePlace = {
    space: between(REGISTERS, mem_as),
    pointer: between(rd_rs2_ptr, pointer).sub(transfer.storeShift),
    ...{ now: at(2), prev: e.write_prev_timestamp, isAccessed: isWritten },
  };
  const write_aux = move(written, writePlace, transfer.before, transfer.written);
  execute(air, from, opcode, [rd_rs2_ptr, rs1_ptr, imm, REGISTERS, mem_as, needs_write, imm_sign], 3);
  const registers = { rs1_ptr, rs1_data, rs1_aux, rd_rs2_ptr, read_data_aux };
  return { from, ...registers, imm, imm_sign, mem_ptr_limbs, mem_as, write_aux, needs_write };
}

/** The two limbs of rs1 + imm, which wraps. */
function pointerLimbs(
  air: Air,
  e: LoadStoreWords,
  rs1: Limbs,
  imm: Cell,
  imm_sign: Cell,
  { loadShift, storeShift }: Transfer,
): readonly Cell[] {
  const pointer = e.rs1_val.add(e.imm).add(e.imm_sign.mul(0xffff_0000));
  const [low, high] = [air.cell(pointer.bits(0, 16)), air.cell(pointer.bits(16, 32))];
  const carry = compose(rs1.cells.slice(0, 2), 8).add(imm).sub(low).over(HALF);
  air.bool(carry, 'a carry is 0 or 1');
  air.bool(imm_sign, 'a sign is 0 or 1');
  const upper = compose(rs1.cells.slice(2), 8).add(imm_sign.mul(HALF - 1), carry);
  air.bool(upper.sub(high).over(HALF), 'a carry is 0 or 1');
  range(air, low.sub(loadShift).sub(storeShift).over(4).as(pointer.bits(2, 16)), LOW_BITS);
  range(air, high, HIGH_BITS);
  return [low, high];
}
