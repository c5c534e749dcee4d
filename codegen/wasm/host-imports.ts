// What a module imports from its host: functions of the ABI, all of int32.

import { type AbiFunction, type AbiMode, type AbiNameOf, abiNames, abiSignature } from '../../runtime/abi.ts';
import { valueType } from './binary/instructions.ts';
import type { ModuleWriter } from './binary/module.ts';

/** The module under whose name everything is imported. */
export const HOST = 'host';

const { i32 } = valueType;

/** Imports the functions that such text uses; gives their indices. */
export function importFunctions<U extends 'wasmRegion' | 'wasmWalk' | 'wasmInterpreter'>(
  module: ModuleWriter,
  user: U,
  mode: AbiMode = {},
): Readonly<Record<AbiNameOf<U>, number>> {
  const entries = abiNames(user, mode).map(name => {
    const { most, gives } = abiSignature(name as AbiFunction);
    const type = module.type(new Array(most).fill(i32), gives ? [i32] : []);
    return [name, module.importFunction(HOST, name, type)] as const;
  });
  return Object.fromEntries(entries) as Record<AbiNameOf<U>, number>;
}
