// What instructions do besides their operation: they are in the program, access registers and memory, and go on.
// Reference: openvm:extensions/rv32im/circuit/src/adapters and crates/vm/src/arch/execution.rs, v1.4.0.

import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import type { Air } from '../../air.ts';
import type { EventWords } from '../../event.ts';
import { type Cell, compose, type Limbs, type Poly, type PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';

import { executionBus, programBus } from '../buses.ts';
import type { ALU, BRANCH, PRODUCT } from '../events.ts';
import { bytes } from '../lookups.ts';
import { type Aux, read, type WriteAux, writeBlock } from '../memory.ts';

const STEP = 4;

export type From = { readonly pc: Cell; readonly timestamp: Cell };

export function fromState(air: Air, e: { readonly from_pc: Word; readonly from_timestamp: Word }): From {
  return { pc: air.cell(e.from_pc), timestamp: air.cell(e.from_timestamp) };
}

type Operands = readonly PolyLike[];

/** The instruction is in the program; execution goes on at `next`, `cycles` later. */
export function stepTo(
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
  e: EventWords<typeof ALU>,
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
  const read0 = read(
    air,
    { space: SPACE.registers, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp },
    b.cells,
  );
  const second = { space: rs2_as, pointer: rs2, now: at(1), prev: e.rs2_prev_timestamp, isAccessed: e.rs2_as };
  const read1 = read(register, second, c.cells);
  const target = { space: SPACE.registers, pointer: rd_ptr, now: at(2), prev: e.rd_prev_timestamp };
  const written = writeBlock(air, target, e.rd_prev_data, a);
  stepTo(air, from, opcode, [rd_ptr, rs1_ptr, rs2, SPACE.registers, rs2_as], 3);
  return { from, rd_ptr, rs1_ptr, rs2, rs2_as, read0, read1, write: written };
}

export type ProductAdapter = Omit<AluAdapter, 'rs2' | 'rs2_as'> & { readonly rs2_ptr: Cell };

/** rd = a from rs1 = b and rs2 = c. */
export function productAdapter(
  air: Air,
  e: EventWords<typeof PRODUCT>,
  opcode: PolyLike,
  a: readonly PolyLike[],
  b: Limbs,
  c: Limbs,
): ProductAdapter {
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const [rd_ptr, rs1_ptr, rs2_ptr] = [air.cell(e.rd_ptr), air.cell(e.rs1_ptr), air.cell(e.rs2_ptr)];
  const read0 = read(
    air,
    { space: SPACE.registers, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp },
    b.cells,
  );
  const read1 = read(
    air,
    { space: SPACE.registers, pointer: rs2_ptr, now: at(1), prev: e.rs2_prev_timestamp },
    c.cells,
  );
  const target = { space: SPACE.registers, pointer: rd_ptr, now: at(2), prev: e.rd_prev_timestamp };
  const written = writeBlock(air, target, e.rd_prev_data, a);
  stepTo(air, from, opcode, [rd_ptr, rs1_ptr, rs2_ptr, SPACE.registers], 3);
  return { from, rd_ptr, rs1_ptr, rs2_ptr, read0, read1, write: written };
}

export type BranchAdapter = Pick<ProductAdapter, 'from' | 'rs1_ptr' | 'rs2_ptr' | 'read0' | 'read1'>;

/** Goes on at pc + imm where `isTaken` is 1. */
export function branchAdapter(
  air: Air,
  e: EventWords<typeof BRANCH>,
  opcode: Poly,
  [a, b]: readonly [Limbs, Limbs],
  [isTaken, imm]: readonly [Cell, Cell],
): BranchAdapter {
  const from = fromState(air, e);
  const at = (i: number): Poly => from.timestamp.add(i);
  const [rs1_ptr, rs2_ptr] = [air.cell(e.rs1_ptr), air.cell(e.rs2_ptr)];
  const read0 = read(
    air,
    { space: SPACE.registers, pointer: rs1_ptr, now: at(0), prev: e.rs1_prev_timestamp },
    a.cells,
  );
  const read1 = read(
    air,
    { space: SPACE.registers, pointer: rs2_ptr, now: at(1), prev: e.rs2_prev_timestamp },
    b.cells,
  );
  const next = from.pc.add(isTaken.mul(imm), isTaken.not().mul(STEP));
  stepTo(air, from, opcode, [rs1_ptr, rs2_ptr, imm, SPACE.registers, SPACE.registers], 2, next);
  return { from, rs1_ptr, rs2_ptr, read0, read1 };
}
