// What bounds the heights of a segment's traces: no multiplicity may wrap around the field.
// Reference: stark-backend:src/keygen (trace_height_constraints) and openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { P } from '../../../../runtime/fields/baby-bear.ts';
import type { HeightConstraint } from '../../../proof/stark/key.ts';
import type { AirName } from '../airs.ts';

/** 27 roots of two, less one for quotients of constraints of degree 3. */
const MOST_ROWS = 2 ** 26;

/** Buses by their number. */
const BUSES = ['Execution', 'Memory', 'Program', 'VarRange', 'Merkle', 'Compression', 'Bitwise', 'RangeTuple'];

/** AIRs whose messages are keys of a table, which others look up: they count for nothing on their bus. */
const TABLES: ReadonlySet<string> = new Set<AirName>(['Program', 'Poseidon2', 'RangeTuple', 'Bitwise', 'VarRange']);

const onBus = (bus: string, { name, interactions }: Chip): number =>
  TABLES.has(name) ? 0 : interactions.filter(one => one.bus.name === bus).length;

/** One for each bus, and one for all messages. */
export const heightConstraints = (): readonly HeightConstraint[] => [
  ...BUSES.map(bus => ({ coefficients: OPENVM_CHIPS.map(chip => onBus(bus, chip)), threshold: P })),
  { coefficients: OPENVM_CHIPS.map(({ interactions }) => interactions.length), threshold: P },
];

/** @throws USAGE where a segment's traces are too high, by upstream's name of it */
export function checkHeights(
  airs: readonly { readonly airId: number; readonly rows: number }[],
  constraints: readonly HeightConstraint[],
): void {
  for (const { airId, rows } of airs) {
    if (rows <= MOST_ROWS) continue;
    const what = `air_idx: ${airId}, height: ${rows}, max_height: ${MOST_ROWS}`;
    throw new JitExecError('USAGE', `TraceHeightsLimitExceeded { ${what} }: segments must be shorter`);
  }
  for (const [i, { coefficients, threshold }] of constraints.entries()) {
    const value = airs.reduce((sum, { airId, rows }) => sum + coefficients[airId]! * rows, 0);
    if (value < threshold) continue;
    const what = `constraint_idx: ${i}, value: ${value}, threshold: ${threshold}`;
    throw new JitExecError('USAGE', `LinearTraceHeightConstraintExceeded { ${what} }: segments must be shorter`);
  }
}
