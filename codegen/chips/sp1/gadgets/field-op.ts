// Arithmetic modulo wide primes: every number as bytes, the equation over the integers as a polynomial in 256 that vanishes
// there. Its quotient by (x − 256) is the witness, its quotient by the modulus the carry.
// Reference: sp1:crates/core/machine/src/operations/field, SP1 6.4.0.

import { type Equation, equationOf, type FieldStep, type Operand } from '../../../../runtime/curves/field-steps.ts';
import { littleEndian } from '../../../../runtime/curves/gadget-field.ts';
import type { Air } from '../../air.ts';
import { type Cell, type Poly, type PolyLike, poly, sum } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { u8s, u16s } from '../bytes.ts';

export type FieldOpCells = {
  readonly result: readonly Cell[];
  readonly carry: readonly Cell[];
  readonly witness: readonly Cell[];
};

/** Sizes of a field's gadgets: runtime/curves/gadget-field.ts has their meaning. */
export interface FieldShape {
  readonly bytes: number;
  readonly witnesses: number;
  readonly offset: number;
}

type FieldOpField<Name extends string> = `${Name}_result` | `${Name}_carry` | `${Name}_witness`;
type Lists<Name extends string> = Readonly<Record<Name, readonly [bits: number, count: number]>>;

/** What an event tells of gadgets: their cells, which an enricher computes. */
export function fieldOpFields<Name extends string>(
  names: readonly Name[],
  { bytes, witnesses }: FieldShape,
): Lists<FieldOpField<Name>> {
  const fields = names.flatMap(name => [
    [`${name}_result`, [8, bytes]],
    [`${name}_carry`, [8, bytes]],
    [`${name}_witness`, [16, witnesses]],
  ]);
  return Object.fromEntries(fields) as Lists<FieldOpField<Name>>;
}

/** The cells of a gadget and what is looked up of them; nothing says yet what they have to do with each other. */
export function fieldOpCells<Name extends string>(
  air: Air,
  e: Readonly<Record<FieldOpField<Name>, readonly Word[]>>,
  name: Name,
): FieldOpCells {
  const result = air.cells(e[`${name}_result`]);
  const carry = air.cells(e[`${name}_carry`]);
  const witness = air.cells(e[`${name}_witness`]);
  u8s(air, result);
  u8s(air, carry);
  u16s(air, witness);
  return { result, carry, witness };
}

/** A number as bytes. */
export type Digits = readonly PolyLike[];

/** The coefficients of left less right side, without the modulus. */
export function coefficientsOf({ products, plus, minus }: Equation<Digits>): Poly[] {
  const sums: PolyLike[][] = [];
  const put = (k: number, term: PolyLike): void => {
    sums[k] ??= [];
    sums[k].push(term);
  };
  for (const [a, b] of products) {
    for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) put(i + j, poly(x).mul(y));
  }
  for (const digits of plus) for (const [i, x] of digits.entries()) put(i, x);
  for (const [i, x] of minus.entries()) put(i, poly(x).neg());
  return Array.from(sums, terms => sum(terms ?? []));
}

/** left(x) − right(x) = carry(x) · modulus(x) + (x − 256) · (witness(x) − offset), on every row. */
export function vanishes(
  air: Air,
  { witnesses, offset }: FieldShape,
  coefficients: readonly Poly[],
  modulus: Digits,
  { carry, witness }: FieldOpCells,
): void {
  const quotient = (k: number): Poly => (witness[k] === undefined ? poly(0) : witness[k].sub(offset));
  for (let k = 0; k <= witnesses; k++) {
    const carried = carry.flatMap((digit, i) => (modulus[k - i] === undefined ? [] : [digit.mul(modulus[k - i]!)]));
    const right = sum([...carried, quotient(k - 1), quotient(k).mul(-256)]);
    air.equal(coefficients[k] ?? 0, right, `coefficient ${k} of the equation`);
  }
}

/** The gadgets of `steps`, with what they say: `real` is the air of real rows, `air` that of all. */
export function fieldSteps<Name extends string>(
  air: Air,
  real: Air,
  field: FieldShape & { readonly modulus: { readonly value: bigint } },
  steps: readonly FieldStep<Name>[],
  inputs: Readonly<Record<string, Digits>>,
  e: Readonly<Record<FieldOpField<Name>, readonly Word[]>>,
): Readonly<Record<Name, FieldOpCells>> {
  const modulus = constantBytes(field.modulus.value, field);
  const made = new Map<string, FieldOpCells>();
  for (const { name, op, of } of steps) {
    const resolve = (operand: Operand): Digits =>
      typeof operand === 'bigint' ? constantBytes(operand, field) : (made.get(operand)?.result ?? inputs[operand]!);
    const cells = fieldOpCells(real, e, name);
    made.set(name, cells);
    const operands = of.map(resolve);
    air.later(
      () => void vanishes(air, field, coefficientsOf(equationOf<Digits>(op, cells.result, operands)), modulus, cells),
    );
  }
  return Object.fromEntries(made) as Readonly<Record<Name, FieldOpCells>>;
}

/** A constant's bytes, without those above its highest. */
export function constantBytes(value: bigint, { bytes }: FieldShape): Digits {
  const digits = [...littleEndian(value, bytes + 1)];
  while (digits.at(-1) === 0) digits.pop();
  return digits;
}
