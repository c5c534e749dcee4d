// The events of the addresses that have global memory events in a shard.

import type { ChipName } from '../records/chips.ts';
import { type MemoryState, memoryEvents } from '../records/memory/memory-events.ts';
import type { Shard } from '../records/shards.ts';
import type { AddressList, ListStates, MemoryStates, Registers } from './memory/memory-lists.ts';

/** Events of a shard; registers begin with 0. */
export function listEvents(
  { list, init, finalize }: MemoryStates,
  shard: Pick<Shard, 'init' | 'finalize'>,
  registers: Registers,
): Map<ChipName, Uint8Array> {
  const states = (
    { addresses, isRegister }: AddressList,
    { values, clks }: ListStates,
    ofRegister: (r: number) => { readonly clk: number; readonly value: bigint },
  ): MemoryState[] =>
    Array.from(addresses, (address, i) =>
      isRegister[i] === 1 ? { address, ...ofRegister(address) } : { address, value: values[i]!, clk: clks[i]! },
    );
  return memoryEvents(
    { states: states(list.init, init, () => ({ clk: 0, value: 0n })), range: shard.init },
    { states: states(list.finalize, finalize, r => registers[r]!), range: shard.finalize },
  );
}
