// What loads and stores do besides their operation. Reference: openvm:extensions/rv32im/circuit/src/adapters/loadstore.rs, v1.4.0.

import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import type { Air } from '../../air.ts';
import type { EventWords } from '../../event.ts';
import { type Cell, compose, type Limbs, type Poly, type PolyLike } from '../../poly.ts';

import type { LOAD_STORE } from '../events.ts';
import { range } from '../lookups.ts';
import { type Aux, move, read } from '../memory.ts';
import { type From, fromState, stepTo } from './adapters.ts';
import { optionalPointer } from './jump-adapters.ts';

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

type LoadStoreWords = EventWords<typeof LOAD_STORE>;

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
  const source = { space: SPACE.registers, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp };
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
    space: between(mem_as, SPACE.registers),
    pointer: between(pointer, rd_rs2_ptr).sub(transfer.loadShift),
    ...{ now: at(1), prev: e.read_prev_timestamp },
  };
  const read_data_aux = read(air, readPlace, transfer.read);
  const writePlace = {
    space: between(SPACE.registers, mem_as),
    pointer: between(rd_rs2_ptr, pointer).sub(transfer.storeShift),
    ...{ now: at(2), prev: e.write_prev_timestamp, isAccessed: isWritten },
  };
  const write_aux = move(written, writePlace, transfer.before, transfer.written);
  stepTo(air, from, opcode, [rd_rs2_ptr, rs1_ptr, imm, SPACE.registers, mem_as, needs_write, imm_sign], 3);
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
