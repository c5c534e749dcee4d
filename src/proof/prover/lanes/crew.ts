// Who runs a prover's kernels: lists of calls, each of which may be done by any thread.

import { constraintModule } from '../../../../codegen/stark/constraint-module.ts';
import { KERNEL_PARAMETERS, type KernelName, kernelModule } from '../../../../codegen/stark/kernel-module.ts';
import { hashConstants, STATE_BYTES } from '../../../../codegen/stark/poseidon2.ts';
import { MAX_PAGES } from '../../../../codegen/stark/shared-memory.ts';
import type { AirKey } from '../../stark/key.ts';

/** Bytes of what all modules expect in a memory; what is proved is behind them. */
const CONSTANTS = 1024;
const SCRATCH = 8192;
export const RESERVED_BYTES = 65_536;
export const MAX_THREADS = 64;
/** log2 of how many times as large committed columns are: that of OpenVM's proofs of segments. */
export const LOG_BLOWUP = 1;

const KERNELS = Object.keys(KERNEL_PARAMETERS) as KernelName[];
/** Of the calls of an AIR's functions: the number of the first, then two for each AIR. */
const FIRST_AIR = KERNELS.length;

export type AirFunction = 'quotient' | 'permutation';

/** The number of a function with its parameters. */
export type Call = readonly [number, ...number[]];

export const kernelCall = (name: KernelName, ...parameters: readonly number[]): Call => [
  KERNELS.indexOf(name),
  ...parameters,
];

export const airCall = (airId: number, name: AirFunction, ...parameters: readonly number[]): Call => [
  FIRST_AIR + 2 * airId + (name === 'quotient' ? 0 : 1),
  ...parameters,
];

/** The AIR whose function a number is of, undefined of a kernel. */
export const airOfCall = (index: number): number | undefined =>
  index < FIRST_AIR ? undefined : Math.floor((index - FIRST_AIR) / 2);

export interface Crew {
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  /** Does all calls, in any order, and returns when they are done. */
  run(calls: readonly Call[]): void;
  /** Makes the functions of an AIR known, once. */
  know(airId: number, key: AirKey): void;
  /** The result of a kernel that has one. */
  ask(call: Call): number;
  end(): void;
}

/** A memory with the constants of the kernels. */
export function proverMemory(): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: RESERVED_BYTES / 65_536, maximum: MAX_PAGES, shared: true });
  const constants = hashConstants();
  new Uint32Array(memory.buffer, CONSTANTS, constants.length).set(constants);
  return memory;
}

export const kernels = (): WebAssembly.Module => new WebAssembly.Module(kernelModule(CONSTANTS));

export const airModule = (key: AirKey): WebAssembly.Module =>
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
  readonly #host: { readonly memory: WebAssembly.Memory; readonly scratch: WebAssembly.Global };
  readonly #functions: (Kernel | undefined)[] = [];

  constructor(memory: WebAssembly.Memory, module: WebAssembly.Module, thread: number) {
    const scratch = new WebAssembly.Global({ value: 'i32', mutable: false }, SCRATCH + thread * STATE_BYTES);
    this.#host = { memory, scratch };
    const { exports } = new WebAssembly.Instance(module, { host: this.#host });
    for (const [i, name] of KERNELS.entries()) this.#functions[i] = exports[name] as Kernel;
  }

  knows(airId: number): boolean {
    return this.#functions[FIRST_AIR + 2 * airId] !== undefined;
  }

  know(airId: number, module: WebAssembly.Module): void {
    const { exports } = new WebAssembly.Instance(module, { host: this.#host });
    this.#functions[FIRST_AIR + 2 * airId] = exports.quotient as Kernel;
    this.#functions[FIRST_AIR + 2 * airId + 1] = exports.permutation as Kernel | undefined;
  }

  call(index: number, parameters: readonly number[]): number | undefined {
    return this.#functions[index]!(...parameters);
  }
}

/** The thread that asks, alone. */
export class SoleCrew implements Crew {
  readonly memory: WebAssembly.Memory = proverMemory();
  readonly threads = 1;
  readonly #instances = new Instances(this.memory, kernels(), 0);

  run(calls: readonly Call[]): void {
    for (const call of calls) this.ask(call);
  }

  know(airId: number, key: AirKey): void {
    if (!this.#instances.knows(airId)) this.#instances.know(airId, airModule(key));
  }

  ask([index, ...parameters]: Call): number {
    return this.#instances.call(index, parameters) ?? 0;
  }

  end(): void {
    // Nothing runs.
  }
}
