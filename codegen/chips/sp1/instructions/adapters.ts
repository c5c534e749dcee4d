// The operands of the four formats of instructions. They are accessed after the instruction's clock: op_a 4 later, op_b 3, op_c 2.
// Reference: sp1:crates/core/machine/src/adapter/register, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { EventWords } from '../../event.ts';
import type { Cell, Limbs } from '../../poly.ts';
import type { Word } from '../../word.ts';
import type { ALU, I, J, R } from '../events.ts';
import { type Register, register } from '../memory.ts';
import { after, type State } from './state.ts';

export type OpA = { readonly op_a: Cell; readonly op_a_memory: Register; readonly op_a_0: Cell };

function opA(air: Air, s: State, e: { readonly op_a: Word; readonly a_prev: Word; readonly a_ts: Word }): OpA {
  return {
    op_a: air.cell(e.op_a),
    op_a_memory: register(air, after(s, 4).low, e.a_prev, e.a_ts),
    op_a_0: air.flag(e.op_a.eq(0)),
  };
}

export type RType = OpA & {
  readonly op_b: Cell;
  readonly op_b_memory: Register;
  readonly op_c: Cell;
  readonly op_c_memory: Register;
};

export function rType(air: Air, s: State, e: EventWords<typeof R>): RType {
  return {
    ...opA(air, s, e),
    op_b: air.cell(e.op_b),
    op_b_memory: register(air, after(s, 3).low, e.b, e.b_ts),
    op_c: air.cell(e.op_c),
    op_c_memory: register(air, after(s, 2).low, e.c, e.c_ts),
  };
}

export type IType = OpA & { readonly op_b: Cell; readonly op_b_memory: Register; readonly op_c_imm: Limbs };

export function iType(air: Air, s: State, e: EventWords<typeof I>): IType {
  return {
    ...opA(air, s, e),
    op_b: air.cell(e.op_b),
    op_b_memory: register(air, after(s, 3).low, e.b, e.b_ts),
    op_c_imm: air.limbs(e.c),
  };
}

export type JType = OpA & { readonly op_b_imm: Limbs; readonly op_c_imm: Limbs };

export function jType(air: Air, s: State, e: EventWords<typeof J>): JType {
  return { ...opA(air, s, e), op_b_imm: air.limbs(e.b), op_c_imm: air.limbs(e.c) };
}

export type AluType = OpA & {
  readonly op_b: Cell;
  readonly op_b_memory: Register;
  readonly op_c: Limbs;
  readonly op_c_memory: Register;
  readonly imm_c: Cell;
};

/** `c` is a register, or an immediate which stands in its place. */
export function aluType(air: Air, s: State, e: EventWords<typeof ALU>): AluType {
  const cells = {
    ...opA(air, s, e),
    op_b: air.cell(e.op_b),
    op_b_memory: register(air, after(s, 3).low, e.b, e.b_ts),
    op_c: air.limbs(e.imm.choose(e.c, e.op_c)),
  };
  const imm_c = air.flag(e.imm);
  const read = air.only(air.condition.sub(imm_c));
  const op_c_memory = register(read, after(s, 2).low, e.c, e.imm.choose(0, e.c_ts), e.imm.eq(0));
  air.only(air.condition.not()).zero(imm_c, 'padding has no immediate');
  const immediate = air.when(imm_c);
  for (let i = 0; i < 4; i++) immediate.equal(op_c_memory.prev_value.at(i), cells.op_c.at(i), 'c is the immediate');
  for (const cell of [op_c_memory.prev_low, op_c_memory.diff_low_limb]) immediate.zero(cell, 'c is not accessed');
  return { ...cells, op_c_memory, imm_c };
}
