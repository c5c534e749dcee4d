// Memory as the chunks of a run leave it. What inputs put there and the guest never read is not in a trace.

import { HIGH } from '../../../../runtime/layout.ts';
import { UNMAPPED } from '../../../../runtime/memory/memory.ts';
import type { AddressList, ListStates, MemorySource } from '../pipeline/memory/memory-lists.ts';
import type { ReplayMemory } from '../replay/replay-memory.ts';

export class ReplayedMemory implements MemorySource {
  readonly #replayed: ReplayMemory;

  /** Of a replay that keeps hints and has come to the end of the run. */
  constructor(replayed: ReplayMemory) {
    this.#replayed = replayed;
  }

  initial({ addresses, isRegister }: AddressList): ListStates {
    const values = new BigUint64Array(addresses.length);
    let unknown = 0;
    for (const [i, address] of addresses.entries()) {
      const offset = isRegister[i] === 1 ? UNMAPPED : this.#offsetOf(address);
      if (offset === UNMAPPED || !this.#replayed.hints!.has(offset)) continue;
      const value = this.#replayed.hints!.get(offset);
      if (value === undefined) unknown++;
      else values[i] = value;
    }
    return { values, clks: new Float64Array(addresses.length), unknown };
  }

  final({ addresses, isRegister }: AddressList): ListStates {
    const values = new BigUint64Array(addresses.length);
    const clks = new Float64Array(addresses.length);
    let unknown = 0;
    for (const [i, address] of addresses.entries()) {
      const offset = isRegister[i] === 1 ? UNMAPPED : this.#offsetOf(address);
      if (offset === UNMAPPED) continue;
      const state = this.#replayed.stateAt(offset);
      if (state === undefined) unknown++;
      values[i] = state?.value ?? 0n;
      clks[i] = state?.clk ?? 0;
    }
    return { values, clks, unknown };
  }

  #offsetOf(address: number): number {
    return this.#replayed.memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
  }
}
