// Memory as the chunks of a run leave it. What inputs put there and the guest never read is not in a trace.

import { HIGH } from '../../../../runtime/layout.ts';
import { UNMAPPED } from '../../../../runtime/memory/memory.ts';
import type { AddressList, ListStates, MemorySource } from '../pipeline/memory/memory-lists.ts';
import type { ReplayMemory } from '../replay/replay-memory.ts';

export class ReplayedMemory implements MemorySource {
  readonly #replayed: ReplayMemory;
  /** How often something was asked for that the chunks do not tell; 0 was given. */
  unknown = 0;

  /** Of a replay that keeps hints and has come to the end of the run. */
  constructor(replayed: ReplayMemory) {
    this.#replayed = replayed;
  }

  initial({ addresses, isRegister }: AddressList): ListStates {
    const values = BigUint64Array.from(addresses, (address, i) => (isRegister[i] === 1 ? 0n : this.#hinted(address)));
    return { values, clks: new Float64Array(addresses.length) };
  }

  final({ addresses, isRegister }: AddressList): ListStates {
    const states = { values: new BigUint64Array(addresses.length), clks: new Float64Array(addresses.length) };
    for (const [i, address] of addresses.entries()) {
      const offset = this.#offsetOf(address);
      if (isRegister[i] === 1 || offset === UNMAPPED) continue;
      const state = this.#replayed.stateAt(offset);
      if (state === undefined) this.unknown++;
      states.values[i] = state?.value ?? 0n;
      states.clks[i] = state?.clk ?? 0;
    }
    return states;
  }

  #offsetOf(address: number): number {
    return this.#replayed.memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
  }

  #hinted(address: number): bigint {
    const offset = this.#offsetOf(address);
    if (offset === UNMAPPED || !this.#replayed.hints!.has(offset)) return 0n;
    const value = this.#replayed.hints!.get(offset);
    if (value === undefined) this.unknown++;
    return value ?? 0n;
  }
}
