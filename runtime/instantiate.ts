// Links modules of WebAssembly by the rows of the ABI.

import { HOST, type RegionFunction, type WasmUser } from './abi.ts';
import { type Abi, type AbiExports, abiExports } from './contract.ts';
import { assert } from './errors.ts';
import type { WasmModule } from './memory/wasm-types.ts';

/** The exports of a module; throws where the host lacks what it imports, or the module what such ones give. */
export function instantiate<U extends WasmUser>(user: U, module: WasmModule, host: Abi<U>): AbiExports<U> {
  const { exports } = new WebAssembly.Instance(module, { [HOST]: host });
  for (const name of abiExports(user)) assert(exports[name] !== undefined, `a module of ${user} gives no ${name}`);
  return exports as AbiExports<U>;
}

/** The functions of a module of regions, by their names. */
export function instantiateRegions<U extends WasmUser>(
  module: WasmModule,
  host: Abi<U>,
): Readonly<Record<string, RegionFunction>> {
  const { exports } = new WebAssembly.Instance(module, { [HOST]: host });
  return exports as Readonly<Record<string, RegionFunction>>;
}
