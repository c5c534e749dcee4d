// What a module takes of its host and gives it, by the rows of the ABI.

import { type AbiUser, HOST, type WasmUser } from '../../runtime/abi.ts';
import {
  type AbiFunction,
  type AbiMode,
  type AbiName,
  type AbiNameOf,
  abiNames,
  abiSignature,
  isFunction,
} from '../../runtime/contract.ts';
import type { CodeWriter } from './binary/code.ts';
import { valueType } from './binary/instructions.ts';
import type { ModuleWriter } from './binary/module.ts';

const { i32, funcref } = valueType;

/** Names of functions that such text calls. */
export type FunctionNameOf<U extends AbiUser> = AbiNameOf<U> & AbiFunction;
/** Their indices in a module. */
export type FunctionsOf<U extends AbiUser> = Readonly<Record<FunctionNameOf<U>, number>>;

function typeOf(module: ModuleWriter, name: AbiFunction): number {
  const { types, gives } = abiSignature(name);
  const parameters = types.map(type => valueType[type]);
  return module.type(parameters, gives ? [i32] : []);
}

/** Imports the functions that such text uses; gives their indices. */
export function importFunctions<U extends WasmUser>(module: ModuleWriter, user: U, mode: AbiMode = {}): FunctionsOf<U> {
  const names = (abiNames(user, mode) as readonly AbiName[]).filter(isFunction);
  const entries = names.map(name => [name, module.importFunction(HOST, name, typeOf(module, name))] as const);
  return Object.fromEntries(entries) as FunctionsOf<U>;
}

const MEMORY = 'memory' satisfies AbiName;
const TABLE = 'table' satisfies AbiName;
const COUNTERS = 'counters' satisfies AbiName;

/** The shared memory, of so many pages at least and at most. */
export function importMemory(module: ModuleWriter, pages: number, most: number): void {
  module.importMemory(HOST, MEMORY, { min: pages, max: most, shared: true });
}

/** The table of region functions. */
export function importTable(module: ModuleWriter, length: number): void {
  module.importTable(HOST, TABLE, funcref, { min: length });
}

/** Gives the global with the byte address of the blocks' counters. */
export const importCounters = (module: ModuleWriter): number =>
  module.importGlobal(HOST, COUNTERS, { type: i32, mutable: false });

/** Defines a function that the host, or another module by it, may call; gives its index. */
export function exportFunction(module: ModuleWriter, name: AbiFunction, body: CodeWriter): number {
  const index = module.declareFunction(typeOf(module, name), name);
  module.defineFunction(index, body);
  module.export(name, 'function', index);
  return index;
}
