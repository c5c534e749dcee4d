// OpenVM's buses, by upstream's numbers; those of lookups are in lookups.ts.
// Reference: openvm:crates/vm/src/system/mod.rs, v1.4.0.

import type { Bus, Term } from '../air.ts';
import type { PolyLike } from '../poly.ts';

type Value = PolyLike;

/** Upstream's index of each bus. */
export const BUS_INDEX: Readonly<Record<string, number>> = {
  ...{ Execution: 0, Memory: 1, Program: 2, VarRange: 3, Merkle: 4, Compression: 5, Bitwise: 6, RangeTuple: 7 },
};

export const executionBus: Bus<readonly [pc: Value, timestamp: Value]> = { name: 'Execution', arity: 2 };
type Operands = readonly [a: Value, b: Value, c: Value, d: Value, e: Value, f: Value, g: Value];
export const programBus: Bus<readonly [pc: Value, opcode: Value, operands: Operands]> = { name: 'Program', arity: 9 };
export const merkleBus: Bus<
  readonly [direction: Value, height: Value, space: Value, label: Value, hash: readonly Term[]]
> = { name: 'Merkle', arity: 12 };
export const compressionBus: Bus<readonly [left: readonly Term[], right: readonly Term[], hash: readonly Term[]]> = {
  name: 'Compression',
  arity: 24,
};

type MemoryMessage = readonly [space: Value, pointer: Value, data: readonly Term[], timestamp: Value];

/** Of blocks of `cells` cells: blocks of other sizes never meet. */
export function memoryBus(cells: number): Bus<MemoryMessage> {
  return { name: 'Memory', arity: cells + 3 };
}
