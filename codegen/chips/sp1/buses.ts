// SP1's buses between chips, by upstream's names of interaction kinds; that of the byte tables is in bytes.ts.
// Reference: sp1:crates/hypercube/src/lookup/interaction.rs, SP1 6.4.0.

import type { Bus, Term } from '../air.ts';
import type { PolyLike } from '../poly.ts';

type Value = PolyLike;
type Instruction = readonly [
  pc: readonly Term[],
  opcode: Value,
  op_a: Value,
  op_b: readonly Term[],
  op_c: readonly Term[],
  op_a_0: Value,
  imm_b: Value,
  imm_c: Value,
];

export const memoryBus: Bus<readonly [high: Value, low: Value, address: readonly Term[], value: readonly Term[]]> = {
  name: 'Memory',
  arity: 9,
};
export const programBus: Bus<Instruction> = { name: 'Program', arity: 16 };
export const stateBus: Bus<readonly [high: Value, low: Value, pc: readonly Term[]]> = { name: 'State', arity: 5 };
export const syscallBus: Bus<readonly [high: Value, low: Value, id: Value, a0: readonly Term[], a1: readonly Term[]]> =
  { name: 'Syscall', arity: 9 };
export const globalBus: Bus<readonly [message: readonly Term[], isSend: Value, isReceive: Value, kind: Value]> = {
  name: 'Global',
  arity: 11,
};

/** The rows of one call: the word at index i of the message schedule is next. */
export const shaExtendBus: Bus<readonly [high: Value, low: Value, w: readonly Term[], i: Value]> = {
  name: 'ShaExtend',
  arity: 6,
};
export const shaCompressBus: Bus<
  readonly [high: Value, low: Value, w: readonly Term[], h: readonly Term[], index: Value, state: readonly Term[]]
> = { name: 'ShaCompress', arity: 25 };
export const keccakBus: Bus<
  readonly [high: Value, low: Value, address: readonly Term[], index: Value, state: readonly Term[]]
> = { name: 'Keccak', arity: 106 };
