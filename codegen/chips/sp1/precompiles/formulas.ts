// The formulas of SP1's curve and field chips as steps, in an order in which each has its operands: rows are computed from
// them, and constraints follow from them.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/{weierstrass,edwards,fptower}, SP1 6.4.0.

import { fieldProgram, type StepPlace, type Struct } from '../../../../runtime/curves/field-program.ts';
import type { FieldStep } from '../../../../runtime/curves/field-steps.ts';
import { elementOf, type GadgetField } from '../../../../runtime/curves/gadget-field.ts';
import type { Event, EventLayout } from '../../event.ts';

const CHORD = ['p_x', 'p_y', 'q_x', 'q_y'] as const;
export type AddStep =
  | 'slope_denominator'
  | 'inverse_check'
  | 'slope_numerator'
  | 'slope'
  | 'slope_squared'
  | 'p_x_plus_q_x'
  | 'x3_ins'
  | 'p_x_minus_x'
  | 'y3_ins'
  | 'slope_times_p_x_minus_x';

/** Steps with the names of their inputs. */
export interface Formula<Name extends string> {
  readonly inputs: readonly string[];
  readonly steps: readonly FieldStep<Name>[];
}

/** The third point on the line through P and Q, mirrored; `inverse_check` says that the denominator is not 0. */
export const CURVE_ADD: Formula<AddStep> = {
  inputs: CHORD,
  steps: [
    { name: 'slope_numerator', op: 'sub', of: ['q_y', 'p_y'] },
    { name: 'slope_denominator', op: 'sub', of: ['q_x', 'p_x'] },
    { name: 'inverse_check', op: 'div', of: [1n, 'slope_denominator'] },
    { name: 'slope', op: 'div', of: ['slope_numerator', 'slope_denominator'] },
    { name: 'slope_squared', op: 'mul', of: ['slope', 'slope'] },
    { name: 'p_x_plus_q_x', op: 'add', of: ['p_x', 'q_x'] },
    { name: 'x3_ins', op: 'sub', of: ['slope_squared', 'p_x_plus_q_x'] },
    { name: 'p_x_minus_x', op: 'sub', of: ['p_x', 'x3_ins'] },
    { name: 'slope_times_p_x_minus_x', op: 'mul', of: ['slope', 'p_x_minus_x'] },
    { name: 'y3_ins', op: 'sub', of: ['slope_times_p_x_minus_x', 'p_y'] },
  ],
};

export type DoubleStep =
  | 'slope_denominator'
  | 'slope_numerator'
  | 'slope'
  | 'p_x_squared'
  | 'p_x_squared_times_3'
  | 'slope_squared'
  | 'p_x_plus_p_x'
  | 'x3_ins'
  | 'p_x_minus_x'
  | 'y3_ins'
  | 'slope_times_p_x_minus_x';

/** The same of the tangent at P, on y² = x³ + a x + b. */
export function curveDouble(a: bigint): Formula<DoubleStep> {
  return {
    inputs: ['p_x', 'p_y'],
    steps: [
      { name: 'p_x_squared', op: 'mul', of: ['p_x', 'p_x'] },
      { name: 'p_x_squared_times_3', op: 'mul', of: ['p_x_squared', 3n] },
      { name: 'slope_numerator', op: 'add', of: [a, 'p_x_squared_times_3'] },
      { name: 'slope_denominator', op: 'mul', of: [2n, 'p_y'] },
      { name: 'slope', op: 'div', of: ['slope_numerator', 'slope_denominator'] },
      { name: 'slope_squared', op: 'mul', of: ['slope', 'slope'] },
      { name: 'p_x_plus_p_x', op: 'add', of: ['p_x', 'p_x'] },
      { name: 'x3_ins', op: 'sub', of: ['slope_squared', 'p_x_plus_p_x'] },
      { name: 'p_x_minus_x', op: 'sub', of: ['p_x', 'x3_ins'] },
      { name: 'slope_times_p_x_minus_x', op: 'mul', of: ['slope', 'p_x_minus_x'] },
      { name: 'y3_ins', op: 'sub', of: ['slope_times_p_x_minus_x', 'p_y'] },
    ],
  };
}

/** −121665/121666 mod 2^255 − 19. */
export const EDWARDS_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

export type EdwardsAddStep =
  | 'x3_numerator'
  | 'y3_numerator'
  | 'x1_mul_y1'
  | 'x2_mul_y2'
  | 'f'
  | 'd_mul_f'
  | 'x3_ins'
  | 'y3_ins';

export const EDWARDS_ADD: Formula<EdwardsAddStep> = {
  inputs: CHORD,
  steps: [
    { name: 'x3_numerator', op: 'inner', of: ['p_x', 'q_y', 'q_x', 'p_y'] },
    { name: 'y3_numerator', op: 'inner', of: ['p_y', 'q_y', 'p_x', 'q_x'] },
    { name: 'x1_mul_y1', op: 'mul', of: ['p_x', 'p_y'] },
    { name: 'x2_mul_y2', op: 'mul', of: ['q_x', 'q_y'] },
    { name: 'f', op: 'mul', of: ['x1_mul_y1', 'x2_mul_y2'] },
    { name: 'd_mul_f', op: 'mul', of: ['f', EDWARDS_D] },
    { name: 'x3_ins', op: 'overSum', of: ['x3_numerator', 'd_mul_f'] },
    { name: 'y3_ins', op: 'overDifference', of: ['y3_numerator', 'd_mul_f'] },
  ],
};

export type DecompressStep = 'yy' | 'u' | 'dyy' | 'v' | 'u_div_v' | 'x' | 'neg_x';

/** x with y² − 1 = x² (d y² + 1): the even root, and its negative. */
export const EDWARDS_DECOMPRESS: Formula<DecompressStep> = {
  inputs: ['y'],
  steps: [
    { name: 'yy', op: 'mul', of: ['y', 'y'] },
    { name: 'u', op: 'sub', of: ['yy', 1n] },
    { name: 'dyy', op: 'mul', of: [EDWARDS_D, 'yy'] },
    { name: 'v', op: 'add', of: [1n, 'dyy'] },
    { name: 'u_div_v', op: 'div', of: ['u', 'v'] },
    { name: 'x', op: 'root', of: ['u_div_v'] },
    { name: 'neg_x', op: 'sub', of: [0n, 'x'] },
  ],
};

export type TowerMulStep = 'a0_mul_b0' | 'a1_mul_b1' | 'a0_mul_b1' | 'a1_mul_b0' | 'c0' | 'c1';

/** (x0 + x1 u) (y0 + y1 u) with u² = −1. */
export const TOWER_MUL: Formula<TowerMulStep> = {
  inputs: ['x_0', 'x_1', 'y_0', 'y_1'],
  steps: [
    { name: 'a0_mul_b0', op: 'mul', of: ['x_0', 'y_0'] },
    { name: 'a1_mul_b1', op: 'mul', of: ['x_1', 'y_1'] },
    { name: 'a0_mul_b1', op: 'mul', of: ['x_0', 'y_1'] },
    { name: 'a1_mul_b0', op: 'mul', of: ['x_1', 'y_0'] },
    { name: 'c0', op: 'sub', of: ['a0_mul_b0', 'a1_mul_b1'] },
    { name: 'c1', op: 'add', of: ['a0_mul_b1', 'a1_mul_b0'] },
  ],
};

/** One of three operations on x and y. */
export function fieldOp<Name extends string>(name: Name, op: 'add' | 'sub' | 'mul', x = 'x', y = 'y'): Formula<Name> {
  return { inputs: [x, y], steps: [{ name, op, of: [x, y] }] };
}

/** Where the cells of steps are in events of a layout. */
export function placesOf(layout: EventLayout, names: readonly string[]): Map<string, StepPlace> {
  const at = (name: string): number => layout.fields.get(name)!.offset;
  return new Map(
    names.map(name => [
      name,
      { result: at(`${name}_result`), carry: at(`${name}_carry`), witness: at(`${name}_witness`) },
    ]),
  );
}

/** The cells of a formula's steps on known inputs, as fields of an event. */
export function formulaEvent(
  field: GadgetField,
  { steps, inputs }: Formula<string>,
  values: Readonly<Record<string, bigint>>,
): Event {
  const { bytes, witnesses } = field;
  const size = 2 * bytes + 2 * witnesses;
  const places = steps.map(({ name }, i): [string, StepPlace] => [
    name,
    { result: i * size, carry: i * size + bytes, witness: i * size + 2 * bytes },
  ]);
  const program = fieldProgram(field, inputs, steps, new Map(places));
  for (const [name, { limbs, bytes: digits }] of program.inputs) {
    const value = elementOf(field, values[name]!);
    limbs.set(value.limbs);
    digits.set(value.bytes);
  }
  const struct = structOf(new ArrayBuffer(size * steps.length));
  const refusal = program.run(struct, 0);
  if (refusal !== undefined) throw new Error(`bug in jit-exec: padding with ${refusal}`);
  const list = (view: Uint8Array | Uint16Array, at: number, count: number): bigint[] =>
    Array.from(view.subarray(at, at + count), BigInt);
  return Object.fromEntries(
    places.flatMap(([name, place]) => [
      [`${name}_result`, list(struct.u8, place.result, bytes)],
      [`${name}_carry`, list(struct.u8, place.carry, bytes)],
      [`${name}_witness`, list(struct.u16, place.witness / 2, witnesses)],
    ]),
  );
}

export function structOf(buffer: ArrayBufferLike): Struct {
  return { u8: new Uint8Array(buffer), u16: new Uint16Array(buffer), i32: new Int32Array(buffer) };
}
