// What all instructions do besides their operation: they are in the program, access their registers, and go on.
// Reference: sp1:crates/core/machine/src/adapter/register, SP1 6.4.0.

import type { Air } from '../../air.ts';
import { type Poly, type PolyLike, poly } from '../../poly.ts';
import { programBus, stateBus } from '../buses.ts';
import { moveRegister, readRegister } from '../memory.ts';
import type { AluType, IType, OpA, RType } from './adapters.ts';
import { after, type State } from './state.ts';

/** An instruction as the program has it. */
export interface Decoded {
  readonly opcode: PolyLike;
  readonly op_b: readonly PolyLike[];
  readonly op_c: readonly PolyLike[];
  readonly imm_b: PolyLike;
  readonly imm_c: PolyLike;
}

/** What all instructions do: they are in the program, have state, and go on at `next` with `value` in op_a. */
export function finishInstruction(
  air: Air,
  s: State,
  adapter: OpA,
  instruction: Decoded,
  value: readonly PolyLike[],
  next: readonly PolyLike[] = [s.pc.at(0).add(4), s.pc.at(1), s.pc.at(2)],
  cycles = 8,
): void {
  const { opcode, op_b, op_c, imm_b, imm_c } = instruction;
  const { op_a, op_a_memory, op_a_0 } = adapter;
  const now = after(s, 0);
  air.send(programBus, [s.pc.cells, opcode, op_a, op_b, op_c, op_a_0, imm_b, imm_c]);
  moveRegister(air, after(s, 4), op_a, op_a_memory, value);
  air.receive(stateBus, [now.high, now.low, s.pc.cells]);
  air.send(stateBus, [now.high, after(s, cycles).low, next]);
}

/** What an instruction writes into op_a is 0 where that is x0. */
export function writesZeroToX0(air: Air, { op_a_0 }: OpA, value: readonly PolyLike[]): void {
  const x0 = air.when(op_a_0);
  for (const limb of value) x0.zero(limb, 'x0 stays 0');
}

export function finishR(air: Air, s: State, adapter: RType, opcode: PolyLike, value: readonly PolyLike[]): void {
  const { op_b, op_b_memory, op_c, op_c_memory } = adapter;
  writesZeroToX0(air, adapter, value);
  const instruction = { opcode, op_b: indexOf(op_b), op_c: indexOf(op_c), imm_b: 0, imm_c: 0 };
  finishInstruction(air, s, adapter, instruction, value);
  readRegister(air, after(s, 3), op_b, op_b_memory);
  readRegister(air, after(s, 2), op_c, op_c_memory);
}

export function finishAlu(air: Air, s: State, adapter: AluType, opcode: PolyLike, value: readonly PolyLike[]): void {
  const { op_b, op_b_memory, op_c, op_c_memory, imm_c } = adapter;
  writesZeroToX0(air, adapter, value);
  finishInstruction(air, s, adapter, { opcode, op_b: indexOf(op_b), op_c: op_c.cells, imm_b: 0, imm_c }, value);
  readRegister(air, after(s, 3), op_b, op_b_memory);
  readRegister(air.only(air.condition.sub(imm_c)), after(s, 2), op_c.at(0), op_c_memory);
}

export function finishI(air: Air, s: State, adapter: IType, opcode: PolyLike, value: readonly PolyLike[]): void {
  writesZeroToX0(air, adapter, value);
  finishInstruction(air, s, adapter, decodedI(adapter, opcode), value);
  readRegister(air, after(s, 3), adapter.op_b, adapter.op_b_memory);
}

export function decodedI({ op_b, op_c_imm }: IType, opcode: PolyLike): Decoded {
  return { opcode, op_b: indexOf(op_b), op_c: op_c_imm.cells, imm_b: 0, imm_c: 1 };
}

const indexOf = (register: PolyLike): Poly[] => [poly(register), poly(0), poly(0), poly(0)];
