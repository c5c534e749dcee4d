// Which addresses have global memory events in a shard.

import type { MemoryAddresses, Shard } from '../../records/shards.ts';

/** Of a shard: a doubleword's address, or a register's number. */
export interface MemoryList {
  /** What has an initial event, and what a final one; ascending. */
  readonly init: AddressList;
  readonly finalize: AddressList;
}

export interface AddressList {
  readonly addresses: Float64Array;
  /** 1 for a register. */
  readonly isRegister: Uint8Array;
}

/** States of a list's doublewords; of registers 0. */
export interface ListStates {
  readonly values: BigUint64Array;
  readonly clks: Float64Array;
  /** Of a source that may not know: how many it does not, whose states are 0. */
  readonly unknown?: number;
}

/** What memory holds, asked for by lists. */
export interface MemorySource {
  initial(list: AddressList): ListStates;
  final(list: AddressList): ListStates;
}

export interface MemoryStates {
  readonly list: MemoryList;
  readonly init: ListStates;
  readonly finalize: ListStates;
}

/** clk and value of each register at the end of the run. */
export type Registers = readonly { readonly clk: number; readonly value: bigint }[];

/** Gives shard by shard the addresses of its events. */
export function memoryLists({ addresses, registers, isImage }: MemoryAddresses): (shard: Shard) => MemoryList {
  // A doubleword below 32 comes behind the register of the same number.
  const isRegister = Uint8Array.from(addresses, (address, i) =>
    registers.has(address) && addresses[i - 1] !== address ? 1 : 0,
  );
  const initial = Uint32Array.from(addresses.keys()).filter(i => isRegister[i] === 1 || !isImage(addresses[i]!));
  const taken = { init: 0, finalize: 0 };
  return ({ init, finalize }) => {
    const inits = initial.subarray(taken.init, taken.init + init.count);
    const from = taken.finalize;
    taken.init += init.count;
    taken.finalize += finalize.count;
    return {
      init: {
        addresses: Float64Array.from(inits, i => addresses[i]!),
        isRegister: Uint8Array.from(inits, i => isRegister[i]!),
      },
      finalize: {
        addresses: addresses.slice(from, taken.finalize),
        isRegister: isRegister.slice(from, taken.finalize),
      },
    };
  };
}
