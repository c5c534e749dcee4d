// Who runs a prover's kernels: lists of calls, each of which may be done by any thread.

import type { WasmMemory } from '../../../../runtime/memory/wasm-types.ts';
import type { AirKey } from '../../stark/key.ts';
import type { LaneCall } from './calls.ts';
import { airModule, Instances, kernels, proverMemory } from './instances.ts';

export interface ProverCrew {
  readonly memory: WasmMemory;
  readonly threads: number;
  /** Does all calls, in any order, and returns when they are done. */
  run(calls: readonly LaneCall[]): void;
  /** Makes the functions of an AIR known, once. */
  know(airId: number, key: AirKey): void;
  /** The result of a kernel that has one. */
  ask(call: LaneCall): number;
  end(): void;
}

/** The thread that asks, alone. */
export class SoleCrew implements ProverCrew {
  readonly memory: WasmMemory = proverMemory();
  readonly threads = 1;
  readonly #instances = new Instances(this.memory, kernels(), 0);

  run(calls: readonly LaneCall[]): void {
    for (const call of calls) this.ask(call);
  }

  know(airId: number, key: AirKey): void {
    if (!this.#instances.knows(airId)) this.#instances.know(airId, airModule(key));
  }

  ask([index, ...parameters]: LaneCall): number {
    return this.#instances.call(index, parameters) ?? 0;
  }

  end(): void {
    // Nothing runs.
  }
}
