// How the functions of a curve are put together into a module.

import type { CodeWriter } from '../../wasm/binary/code.ts';
import { valueType } from '../../wasm/binary/instructions.ts';
import { moduleWriter } from '../../wasm/binary/module.ts';

/** How many i32 a function takes, and whether it gives one. */
type Signature = readonly [parameters: number, result?: 'i32'];

/** What every curve's module has. */
type CurveFunction =
  | 'negate'
  | 'product'
  | 'reduce'
  | 'unpack'
  | 'pack'
  | 'quotient'
  | 'point'
  | 'chord'
  | 'add'
  | 'double';

export const CURVE_SIGNATURES: Readonly<Record<CurveFunction, Signature>> = {
  negate: [2],
  product: [3],
  reduce: [1],
  unpack: [2],
  pack: [2],
  quotient: [0, 'i32'],
  point: [2, 'i32'],
  chord: [0],
  add: [0, 'i32'],
  double: [0, 'i32'],
};

/** A module with a memory of one page that exports all functions; bodies may call each other by these indices. */
export function curveModule<Name extends string>(
  signatures: Readonly<Record<Name, Signature>>,
  bodies: (index: Readonly<Record<Name, number>>) => Readonly<Record<Name, CodeWriter>>,
): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.export('memory', 'memory', module.memory({ min: 1, max: 1 }));
  const names = Object.keys(signatures) as Name[];
  const index = {} as Record<Name, number>;
  for (const name of names) {
    const [parameters, result] = signatures[name];
    const types = Array.from({ length: parameters }, () => valueType.i32);
    index[name] = module.declareFunction(module.type(types, result === undefined ? [] : [valueType.i32]), name);
  }
  const written = bodies(index);
  for (const name of names) {
    module.defineFunction(index[name], written[name]);
    module.export(name, 'function', index[name]);
  }
  return module.finish();
}
