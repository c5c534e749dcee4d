// What follows from the table of abi.ts: types of hosts and of modules' exports, lists of names, checks.

import { ABI, type AbiUser, type RegionFunction } from './abi.ts';
import { assert } from './errors.ts';
import type { WasmMemory, WasmTable } from './memory/wasm-types.ts';

export type AbiName = keyof typeof ABI;

type Only = 'rv32' | 'rv64' | 'traced' | 'counted' | 'profiled' | 'metered' | 'touching' | 'paged';

/** What kind of text it is. */
export interface AbiMode {
  readonly xlen?: 32 | 64;
  readonly traced?: boolean | undefined;
  readonly counted?: boolean | undefined;
  /** Whether calls are followed. */
  readonly profiled?: boolean | undefined;
  readonly metered?: boolean | undefined;
  /** Metered, and touches of memory are counted. */
  readonly touching?: boolean | undefined;
  /** Whether stores test that their page was counted. */
  readonly paged?: boolean | undefined;
}

function isOf(mode: AbiMode, only: Only): boolean {
  if (only === 'rv32' || only === 'rv64') return only === `rv${mode.xlen}`;
  return mode[only] === true;
}

interface Row {
  readonly by: readonly AbiUser[];
  readonly only?: Only;
  readonly from?: readonly AbiUser[];
  readonly is?: 'number' | keyof Arrays | keyof Objects;
  readonly takes?: readonly string[];
  readonly gives?: boolean;
}

interface Arrays {
  readonly Int8Array: Int8Array;
  readonly Uint8Array: Uint8Array;
  readonly Int16Array: Int16Array;
  readonly Uint16Array: Uint16Array;
  readonly Int32Array: Int32Array;
  readonly Float64Array: Float64Array;
  readonly functions: RegionFunction[];
}

interface Objects {
  readonly Memory: WasmMemory;
  readonly Table: WasmTable;
}

type Words<T> = T extends readonly [infer First, ...infer Rest]
  ? First extends `${string}?`
    ? [number?, ...Words<Rest>]
    : [First extends `i64 ${string}` ? bigint : number, ...Words<Rest>]
  : [];

type ValueOf<R> = R extends { readonly takes: infer T; readonly gives: infer G }
  ? (...words: Words<T>) => G extends true ? number : void
  : R extends { readonly is: keyof Arrays }
    ? Arrays[R['is']]
    : R extends { readonly is: keyof Objects }
      ? Objects[R['is']]
      : number;

type Given<R> = R extends { readonly only: Only } ? ValueOf<R> | undefined : ValueOf<R>;

/** Names that text of a kind may use. */
export type AbiNameOf<U extends AbiUser> = {
  [N in AbiName]: U extends (typeof ABI)[N]['by'][number] ? N : never;
}[AbiName];

/** What the host of some kind of text hands it. */
export type Abi<U extends AbiUser> = { readonly [N in AbiNameOf<U>]: Given<(typeof ABI)[N]> };

type ExportOf<U extends AbiUser> = {
  [N in AbiName]: (typeof ABI)[N] extends { readonly from: readonly (infer F)[] } ? (U extends F ? N : never) : never;
}[AbiName];

/** What a module of some kind gives its host. */
export type AbiExports<U extends AbiUser> = { readonly [N in ExportOf<U>]: ValueOf<(typeof ABI)[N]> };

/** Names of functions, and of arrays. */
export type AbiFunction = { [N in AbiName]: (typeof ABI)[N] extends { takes: unknown } ? N : never }[AbiName];
export type AbiArray = { [N in AbiName]: (typeof ABI)[N] extends { is: keyof Arrays } ? N : never }[AbiName];

const ROWS: Readonly<Record<AbiName, Row>> = ABI;
const NAMES = Object.keys(ROWS) as AbiName[];

/** The names that such text takes, in the order of the table. */
export function abiNames<U extends AbiUser>(user: U, mode: AbiMode = {}): readonly AbiNameOf<U>[] {
  return NAMES.filter((name): name is AbiNameOf<U> => {
    const { by, only } = ROWS[name];
    return by.includes(user) && (only === undefined || isOf(mode, only));
  });
}

/** The names that such a module exports. */
export const abiExports = (user: AbiUser): readonly AbiFunction[] =>
  NAMES.filter((name): name is AbiFunction => ROWS[name].from?.includes(user) === true);

export const isFunction = (name: AbiName): name is AbiFunction => ROWS[name].takes !== undefined;

const typeOf = (word: string): 'i32' | 'i64' => (word.startsWith('i64 ') ? 'i64' : 'i32');

/** How many parameters a function has, at least and at most, of which types, and whether it gives an int32. */
export function abiSignature(name: AbiFunction): {
  readonly least: number;
  readonly most: number;
  readonly types: readonly ('i32' | 'i64')[];
  readonly gives: boolean;
} {
  const { takes = [], gives = false } = ROWS[name];
  return {
    least: takes.filter(word => !word.endsWith('?')).length,
    most: takes.length,
    types: takes.map(typeOf),
    gives,
  };
}

/** The same object, after a look whether it has all that such text takes. */
export function checkedAbi<U extends AbiUser, A extends Abi<U>>(user: U, mode: AbiMode, abi: A): A {
  for (const name of abiNames(user, mode)) assert(abi[name] !== undefined, `the host of ${user} text gives no ${name}`);
  return abi;
}
