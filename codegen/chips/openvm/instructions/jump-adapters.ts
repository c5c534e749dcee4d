// What jumps and LUI do besides their operation: they write a register unless it is x0.
// Reference: openvm:extensions/rv32im/circuit/src/adapters/{rdwrite,jalr}.rs, v1.4.0.

import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import { NO_POINTER } from '../../../../runtime/openvm/records.ts';
import type { Air } from '../../air.ts';
import type { EventWords } from '../../event.ts';
import type { Cell, Limbs, Poly, PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';

import type { JAL_LUI, JALR } from '../events.ts';
import { type Aux, read, type WriteAux, writeBlock } from '../memory.ts';
import { type From, fromState, stepTo } from './adapters.ts';

export type RdAdapter = { readonly from: From; readonly rd_ptr: Cell; readonly rd_aux: WriteAux };
export type ConditionalRdAdapter = RdAdapter & { readonly needs_write: Cell };

/** What JAL and LUI do, of which a JAL to x0 writes nothing. */
export function conditionalRdAdapter(
  air: Air,
  e: EventWords<typeof JAL_LUI>,
  opcode: Poly,
  value: readonly PolyLike[],
  imm: Cell,
  next: (pc: Cell) => Poly,
): ConditionalRdAdapter {
  const from = fromState(air, e);
  const { isWritten, pointer: rd_ptr } = optionalPointer(air, e.rd_ptr);
  const needs_write = writeFlag(air, isWritten);
  const access = { space: SPACE.registers, pointer: rd_ptr, now: from.timestamp, prev: e.rd_prev_timestamp };
  const rd_aux = writeBlock(air.only(needs_write), { ...access, isAccessed: isWritten }, e.rd_prev_data, value);
  stepTo(air, from, opcode, [rd_ptr, 0, imm, SPACE.registers, 0, needs_write], 1, next(from.pc));
  return { from, rd_ptr, rd_aux, needs_write };
}

/** A pointer that may be none, which is 0 then. */
export function optionalPointer(air: Air, w: Word): { readonly isWritten: Word; readonly pointer: Cell } {
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
  e: EventWords<typeof JALR>,
  from: From,
  opcode: PolyLike,
  rs1: Limbs,
  value: readonly PolyLike[],
  [imm, imm_sign, next]: readonly [Cell, Cell, Poly],
): JalrAdapter {
  const { isWritten, pointer: rd_ptr } = optionalPointer(air, e.rd_ptr);
  const needs_write = writeFlag(air, isWritten);
  const rs1_ptr = air.cell(e.rs1_ptr);
  const source = { space: SPACE.registers, pointer: rs1_ptr, now: from.timestamp, prev: e.rs1_prev_timestamp };
  const rs1_aux = read(air, source, rs1.cells);
  const target = { space: SPACE.registers, pointer: rd_ptr, now: from.timestamp.add(1), prev: e.rd_prev_timestamp };
  const rd_aux = writeBlock(air.only(needs_write), { ...target, isAccessed: isWritten }, e.rd_prev_data, value);
  stepTo(air, from, opcode, [rd_ptr, rs1_ptr, imm, SPACE.registers, 0, needs_write, imm_sign], 2, next);
  return { from, rs1_ptr, rs1_aux, rd_ptr, rd_aux, needs_write };
}
