// What a thread of a prover has: instances of the modules over the one memory.

import { constraintModule } from '../../../../codegen/stark/constraint-module.ts';
import { kernelModule, SCRATCH_BYTES } from '../../../../codegen/stark/kernel-module.ts';
import { hashConstants } from '../../../../codegen/stark/poseidon2.ts';
import { MAX_PAGES } from '../../../../codegen/stark/shared-memory.ts';
import type { WasmMemory, WasmModule } from '../../../../runtime/memory/wasm-types.ts';
import type { AirKey } from '../../stark/key.ts';
import { airCall, KERNELS } from './calls.ts';

/** Bytes of what all modules expect in a memory; what is proved is behind them. */
const CONSTANTS = 1024;
const SCRATCH = 8192;
export const RESERVED_BYTES = 65_536;
export const MAX_THREADS = 64;
/** log2 of how many times as large committed columns are: that of OpenVM's proofs of segments. */
export const LOG_BLOWUP = 1;

/** A memory with the constants of the kernels. */
export function proverMemory(): WasmMemory {
  const memory = new WebAssembly.Memory({ initial: RESERVED_BYTES / 65_536, maximum: MAX_PAGES, shared: true });
  const constants = hashConstants();
  new Uint32Array(memory.buffer, CONSTANTS, constants.length).set(constants);
  return memory;
}

export const kernels = (): WasmModule => new WebAssembly.Module(kernelModule(CONSTANTS));

export const airModule = (key: AirKey): WasmModule =>
  new WebAssembly.Module(
    constraintModule(key, {
      mains: key.cachedWidths.length + 1,
      quotientDegree: key.quotientDegree,
      blowup: 2 ** LOG_BLOWUP,
    }),
  );

type Kernel = (...parameters: readonly number[]) => number | undefined;

/** One thread's instances. */
export class Instances {
  readonly #host: { readonly memory: WasmMemory; readonly scratch: WebAssembly.Global };
  readonly #functions: (Kernel | undefined)[] = [];

  constructor(memory: WasmMemory, module: WasmModule, thread: number) {
    const scratch = new WebAssembly.Global({ value: 'i32', mutable: false }, SCRATCH + thread * SCRATCH_BYTES);
    this.#host = { memory, scratch };
    const { exports } = new WebAssembly.Instance(module, { host: this.#host });
    for (const [i, name] of KERNELS.entries()) this.#functions[i] = exports[name] as Kernel;
  }

  knows(airId: number): boolean {
    return this.#functions[airCall(airId, 'quotient')[0]] !== undefined;
  }

  know(airId: number, module: WasmModule): void {
    const { exports } = new WebAssembly.Instance(module, { host: this.#host });
    this.#functions[airCall(airId, 'quotient')[0]] = exports.quotient as Kernel;
    this.#functions[airCall(airId, 'permutation')[0]] = exports.permutation as Kernel | undefined;
  }

  call(index: number, parameters: readonly number[]): number | undefined {
    return this.#functions[index]!(...parameters);
  }
}
