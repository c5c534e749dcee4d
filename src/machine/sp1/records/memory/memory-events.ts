// Events of the global memory chips: what each address began with and ended with.
// Reference: sp1:crates/core/machine/src/memory/global.rs, SP1 6.4.0.

import { sp1Chip } from '../../../../../codegen/chips/sp1/index.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';
import type { ChipName } from '../chips.ts';
import type { MemoryRange } from '../shards.ts';
import { StructList } from '../struct-list.ts';

/** An address with a value and the clk of its last access. */
export interface MemoryState {
  readonly address: number;
  readonly value: bigint;
  readonly clk: number;
}

/** Events of a shard that has these, in ascending order of addresses. */
export function memoryEvents(
  init: { readonly states: readonly MemoryState[]; readonly range: MemoryRange },
  finalize: { readonly states: readonly MemoryState[]; readonly range: MemoryRange },
): Map<ChipName, Uint8Array> {
  const events = new Map<ChipName, Uint8Array>();
  for (const [name, { states, range }] of [
    ['MemoryGlobalInit', init],
    ['MemoryGlobalFinalize', finalize],
  ] as const) {
    if (states.length === 0) continue;
    const list = new StructList(sp1Chip(name));
    let previous = range.previous;
    for (const [index, { address, value, clk }] of states.entries()) {
      list.push({
        addr: BigInt(address),
        prev_addr: BigInt(previous),
        value,
        ts: BigInt(clk),
        index: BigInt(index),
        index_inv: BigInt(koalaBear.inverse(index)),
      });
      previous = address;
    }
    events.set(name, list.bytes);
  }
  return events;
}
