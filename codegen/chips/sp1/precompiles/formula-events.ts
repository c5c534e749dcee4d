// The cells of formulas as fields of events.

import { fieldProgram, type StepPlace, type Struct } from '../../../../runtime/curves/field-program.ts';
import { elementOf, type GadgetField } from '../../../../runtime/curves/gadget-field.ts';
import { assert } from '../../../../runtime/errors.ts';
import type { Event, EventLayout } from '../../event.ts';
import type { Formula } from './formulas.ts';

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
  assert(refusal === undefined, `chips: padding with ${refusal}`);
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
